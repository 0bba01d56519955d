package dev.walcdc.cli;

import java.util.Locale;

/** Where the changes come from, as property {@code ingestion.mode} names it. */
public enum Mode {
  /** Captured from PostgreSQL. */
  CDC("dbserver1"),
  /** Made up. */
  SYNTHETIC("synthetic");

  private final String topicPrefix;

  Mode(String topicPrefix) {
    this.topicPrefix = topicPrefix;
  }

  /** First part of the topics' names. */
  public String topicPrefix() {
    return topicPrefix;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
