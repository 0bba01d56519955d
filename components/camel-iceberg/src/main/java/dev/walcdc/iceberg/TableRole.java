package dev.walcdc.iceberg;

import dev.walcdc.change.ShadowState;
import dev.walcdc.schema.SchemaNumber;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;

/** What a table of the catalog is to this sink, for those who look after tables. */
public enum TableRole {
  /** Not written by this sink. */
  FOREIGN,
  /** Written by it. */
  TABLE,
  /** Written by it, and made anew beside: a shadow is being filled that will take its place. */
  MADE_ANEW,
  /**
   * Being filled to take another one's place. Where it lies, there may also be files of the table
   * that an earlier shadow of the name has become.
   */
  SHADOW;

  /** Looks at the table as it was when it was loaded or refreshed last. */
  public static TableRole of(Table table) {
    if (!(table instanceof HasTableOperations accessible)) {
      return FOREIGN;
    }
    TableMetadata metadata = accessible.operations().current();
    if (metadata.property(Positions.TOPIC, null) == null) {
      return FOREIGN;
    }
    if (metadata.property(LakeTables.FOUNDED, null) != null) {
      return SHADOW;
    }
    String note = metadata.property(LakeTables.SHADOW, null);
    boolean anew =
        note != null
            && ShadowState.parse(note)
                .founded()
                .isAfter(SchemaNumber.of(SchemaEvolution.applied(metadata)));
    return anew ? MADE_ANEW : TABLE;
  }
}
