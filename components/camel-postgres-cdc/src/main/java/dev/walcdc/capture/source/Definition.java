package dev.walcdc.capture.source;

import dev.walcdc.schema.Column;
import java.util.List;
import java.util.Set;

/**
 * What the catalog says of a table at present.
 *
 * @param oid {@code pg_class.oid}
 * @param columns in their order; generated and dropped columns are not among them
 * @param key names of the primary key's columns in key order; empty without one
 * @param deferrableKey whether that key is deferrable: it is no replica identity then, and the
 *     stream does not mark it
 * @param dropped numbers of the columns that were dropped
 * @param filled numbers of the columns that rows from before them may hold a value in: they have a
 *     default, an identity, or are NOT NULL
 * @param files digest of the file nodes of the table and its partitions: another one after rows
 *     were written anew, or removed by a TRUNCATE
 * @param attributes digest of the transactions that wrote the columns' rows in the catalog: another
 *     one after any change of columns
 */
public record Definition(
    long oid,
    List<Column> columns,
    List<String> key,
    boolean deferrableKey,
    Set<Integer> dropped,
    Set<Integer> filled,
    String files,
    String attributes) {

  /** How {@link #attributes} is made of rows of {@code pg_attribute}: equal only if made alike. */
  public static final String ATTRIBUTES_DIGEST =
      "md5(string_agg(attnum || ':' || xmin, ',' ORDER BY attnum))";

  /** Whether this is the table that the other is, and no column was changed between the two. */
  public boolean isStill(Definition other) {
    return oid == other.oid()
        && columns.equals(other.columns())
        && key.equals(other.key())
        && attributes.equals(other.attributes());
  }
}
