package dev.walcdc.envelope;

/**
 * Debezium's {@code source.sequence}: a JSON array of two strings, the LSN of the last commit
 * before the change's transaction and the change's own, {@code ["26619888","26620016"]}. The first
 * is null in the initial snapshot.
 *
 * @see <a href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html">
 *     Debezium PostgreSQL connector, change event values</a>
 */
public final class SourceSequence {

  private SourceSequence() {}

  /**
   * The first of the two.
   *
   * @param sequence null counts as one without a first
   * @return 0 where there is none
   * @throws EnvelopeException if it is no number
   */
  public static long lastCommitLsn(String sequence) {
    if (sequence == null) {
      return 0;
    }
    int start = sequence.indexOf('"') + 1;
    int comma = sequence.indexOf(',');
    if (start == 0 || comma < start) {
      return 0;
    }
    try {
      return Long.parseLong(sequence, start, comma - 1, 10);
    } catch (NumberFormatException e) {
      throw new EnvelopeException("its source.sequence `%s` is none".formatted(sequence), e);
    }
  }

  /** The text for these two. */
  public static String of(long lastCommitLsn, long lsn) {
    return "[\"%d\",\"%d\"]".formatted(lastCommitLsn, lsn);
  }
}
