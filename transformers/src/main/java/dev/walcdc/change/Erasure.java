package dev.walcdc.change;

import dev.walcdc.change.KeyCondition.Bound;
import dev.walcdc.schema.TableSchema;
import java.util.List;
import java.util.Map;

/**
 * Rows that are to disappear: a TRUNCATE, or the fence behind a snapshot or a resync. Its effect is
 * the same however often and whenever it comes, for it says of each version whether it is meant.
 *
 * @param below rows whose version is lower
 * @param where and for which this holds
 */
public record Erasure(Version below, KeyCondition where) {

  /** Every row below a version. */
  public static Erasure below(Version version) {
    return new Erasure(version, KeyCondition.ALL);
  }

  /** The same where columns have other names; those that are not named keep theirs. */
  Erasure withNames(Map<String, String> names) {
    return where.isAll() ? this : new Erasure(below, where.withNames(names));
  }

  /** Tells for changes of one schema which of them it outranks. */
  public Scope over(TableSchema schema) {
    return new Scope(below, where.bind(schema));
  }

  /** An erasure over one table. */
  public record Scope(Version below, List<Bound> bounds) {

    /** Whether the change is outranked: applied after the erasure it must have no effect. */
    public boolean covers(RowChange change) {
      return covers(change.version(), change.row());
    }

    /**
     * As above.
     *
     * @param row values by the position of their columns; those of the key are enough
     */
    public boolean covers(Version version, Object[] row) {
      if (version.compareTo(below) >= 0) {
        return false;
      }
      for (Bound bound : bounds) {
        if (!bound.holds(row)) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * As {@link dev.walcdc.log.RecordHeaders#FENCE} carries it: the epoch alone for all rows of lower
   * epochs, else the version as {@link Version#toString()} writes it and, after a blank, the
   * condition.
   */
  public String toText() {
    if (below.equals(Version.ofSnapshot(below.epoch())) && where.isAll()) {
      return Integer.toString(below.epoch());
    }
    return where.isAll() ? below.toString() : below + " " + where;
  }

  /**
   * Reads what {@link #toText()} wrote.
   *
   * @throws IllegalArgumentException if it is not that
   */
  public static Erasure parse(String text) {
    int blank = text.indexOf(' ');
    String version = blank < 0 ? text : text.substring(0, blank);
    KeyCondition where = blank < 0 ? KeyCondition.ALL : KeyCondition.parse(text.substring(blank));
    return new Erasure(
        version.indexOf('/') < 0
            ? Version.ofSnapshot(Integer.parseInt(version))
            : Version.parse(version),
        where);
  }
}
