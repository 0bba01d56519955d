package dev.walcdc.envelope;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.TableSchema;

/**
 * What a record says of its row, for whoever decides over the record before it is applied.
 *
 * @param kind how much it says
 * @param version its rank; of a record that cannot be read the lowest of its epoch; null for one
 *     that is no change
 * @param erasure what it erases; null unless it does
 */
public record Glimpse(Kind kind, Version version, Erasure erasure) {

  private Glimpse(Kind kind, Version version) {
    this(kind, version, null);
  }

  /** How much a record says of its row. */
  public enum Kind {
    /** All of it, or that it is gone: no earlier change of the row matters any more. */
    WHOLE,
    /** An update that leaves out values which it did not change: it builds on what was before. */
    PARTIAL,
    /** Rows are gone: a TRUNCATE or a fence. */
    ERASES,
    /** A tombstone. */
    NOTHING,
    /** It is no envelope of the schema. */
    UNREADABLE
  }

  /** Looks at one record. */
  public static Glimpse of(LogRecord record, TableSchema schema) {
    RecordReader reader = new RecordReader(schema);
    try {
      reader.read(record);
    } catch (EnvelopeException e) {
      return new Glimpse(Kind.UNREADABLE, Version.ofSnapshot(schema.epoch()));
    }
    if (reader.erasure() != null) {
      return new Glimpse(Kind.ERASES, reader.erasure().below(), reader.erasure());
    }
    RowChange change = reader.change();
    if (change == null) {
      return new Glimpse(Kind.NOTHING, null);
    }
    return new Glimpse(isWhole(change) ? Kind.WHOLE : Kind.PARTIAL, change.version());
  }

  private static boolean isWhole(RowChange change) {
    if (!change.isDelete()) {
      for (Object value : change.row()) {
        if (value == Unchanged.TOAST) {
          return false;
        }
      }
    }
    return true;
  }
}
