package dev.walcdc.change;

/**
 * Which change it was.
 *
 * @param operation what happened
 * @param version its rank in the source's history
 * @param ordinal 0, 1, 2... among changes that share one LSN (a COPY, a snapshot): with the epoch
 *     and the LSN it is the identity of a row of a table without a key
 */
public record ChangePoint(Operation operation, Version version, long ordinal)
    implements Comparable<ChangePoint> {

  @Override
  public int compareTo(ChangePoint other) {
    int byVersion = version.compareTo(other.version);
    return byVersion != 0 ? byVersion : Long.compare(ordinal, other.ordinal);
  }
}
