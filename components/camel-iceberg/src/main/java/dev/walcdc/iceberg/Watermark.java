package dev.walcdc.iceberg;

import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Version;

/**
 * The highest change that a table has applied from one partition, by both orders that matter.
 *
 * @param version the highest version: what is not higher was read from the log before
 * @param ordinal the highest ordinal at that version
 * @param row the highest row identity. A change whose identity is higher was surely never applied,
 *     even if a replay gives it another version
 */
record Watermark(Version version, long ordinal, RowId row) {

  static Watermark of(ChangePoint point) {
    return new Watermark(point.version(), point.ordinal(), RowId.of(point));
  }

  /** Whether this change surely was not applied. */
  boolean isBelow(ChangePoint point) {
    return isBelowVersionOf(point) && row.compareTo(RowId.of(point)) < 0;
  }

  /** Whether this change comes after all that were applied, in the source's order. */
  boolean isBelowVersionOf(ChangePoint point) {
    int byVersion = version.compareTo(point.version());
    return byVersion != 0 ? byVersion < 0 : ordinal < point.ordinal();
  }

  Watermark raisedTo(ChangePoint point) {
    return max(this, of(point));
  }

  /** The higher of both in either order; null counts as nothing applied. */
  static Watermark max(Watermark a, Watermark b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    int byVersion = a.version.compareTo(b.version);
    Watermark higher = byVersion != 0 ? (byVersion > 0 ? a : b) : (a.ordinal >= b.ordinal ? a : b);
    return new Watermark(higher.version, higher.ordinal, RowId.max(a.row, b.row));
  }

  /** {@code epoch/lastCommitLsn/lsn/ordinal epoch/lsn/ordinal}, LSNs in hexadecimal. */
  String toText() {
    return "%s/%d %d/%X/%d".formatted(version, ordinal, row.epoch(), row.lsn(), row.ordinal());
  }

  static Watermark fromText(String text) {
    String[] parts = text.split("[/ ]", -1);
    if (parts.length != 7) {
      throw new IllegalArgumentException("`" + text + "` is not a watermark");
    }
    return new Watermark(
        version(parts[0], parts[1], parts[2]),
        Long.parseLong(parts[3]),
        new RowId(
            Integer.parseInt(parts[4]), Long.parseLong(parts[5], 16), Long.parseLong(parts[6])));
  }

  private static Version version(String epoch, String lastCommitLsn, String lsn) {
    return Version.of(
        Integer.parseInt(epoch), Long.parseLong(lastCommitLsn, 16), Long.parseLong(lsn, 16));
  }
}
