package dev.walcdc.log;

/** The one rule by which a table's topic is named; Debezium's own, so that its records fit. */
public final class TopicNames {

  private TopicNames() {}

  /** The topic of a table: {@code <prefix>.<schema>.<table>}, legal for a broker. */
  public static String of(String prefix, String schema, String table) {
    return legal("%s.%s.%s".formatted(prefix, schema, table));
  }

  /** The name with {@code _} for every character that a topic's name cannot hold. */
  public static String legal(String name) {
    return name.replaceAll("[^a-zA-Z0-9._-]", "_");
  }
}
