package dev.walcdc.changelog;

/** A table has more records that cannot be applied than the quarantine may take: it waits. */
final class QuarantineFullException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  QuarantineFullException(String topic, int perMinute, Throwable cause) {
    super(
        "Topic `%s` waits: more of its records are refused than the %d letters a minute that the quarantine takes of a table, so it is not the records that are wrong. %s. Correct that, or raise `quarantineLimit`"
            .formatted(topic, perMinute, cause.getMessage()),
        cause);
  }
}
