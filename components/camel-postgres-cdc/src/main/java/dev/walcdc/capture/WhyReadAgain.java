package dev.walcdc.capture;

import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.schema.TableSchema.Origin;
import java.util.List;
import java.util.Optional;

/**
 * Notices what a change of a table's definition may have done to the rows that are there, none of
 * which PostgreSQL streams. It says "may have" too often rather than too seldom: a table that is
 * read again needlessly is still right.
 */
final class WhyReadAgain {

  private WhyReadAgain() {}

  /**
   * Why a table has to be read again; empty if its rows hold what they held.
   *
   * @param before the schema of the changes before
   * @param columns the columns from now on
   * @param table what stream and catalog say
   * @param now what the catalog says of files and columns
   * @param last what it said before
   */
  static Optional<String> of(
      TableSchema before, List<Column> columns, StreamedTable table, Origin now, Origin last) {
    if (last.oid() != 0 && last.oid() != now.oid()) {
      return Optional.of("it was dropped and made anew");
    }
    for (Column column : columns) {
      Optional<String> reason = ofColumn(before, column, table);
      if (reason.isPresent()) {
        return reason;
      }
    }
    if (!before.key().equals(table.key())) {
      return Optional.of("its key was %s and is %s".formatted(before.key(), table.key()));
    }
    // Either alone is harmless: TRUNCATE and VACUUM FULL make new files, a rename new attributes.
    if (differs(last.files(), now.files()) && differs(last.attributes(), now.attributes())) {
      return Optional.of("its columns were changed and its rows written anew");
    }
    return Optional.empty();
  }

  private static boolean differs(String last, String now) {
    return !last.isEmpty() && !now.isEmpty() && !last.equals(now);
  }

  private static Optional<String> ofColumn(TableSchema before, Column column, StreamedTable table) {
    Column sameNumber = same(before.columns(), column);
    if (sameNumber != null) {
      // Digits of a decimal in the key: a sink may have its rows sorted by it.
      boolean same =
          sameNumber.carrier() == column.carrier()
              && (column.carrier() != Carrier.DECIMAL
                  || !table.key().contains(column.name())
                  || sameNumber.type().equals(column.type()));
      return same
          ? Optional.empty()
          : Optional.of(
              "its column `%s` was %s and is %s"
                  .formatted(column.name(), sameNumber.type().name(), column.type().name()));
    }
    if (column.attnum() == 0) {
      return Optional.of("nobody knows which column was called `%s`".formatted(column.name()));
    }
    if (before.columns().stream().anyMatch(c -> c.name().equals(column.name()))) {
      return Optional.of("its column `%s` was dropped and added anew".formatted(column.name()));
    }
    return table.present() != null && table.present().filled().contains(column.attnum())
        ? Optional.of("its new column `%s` has a value in old rows".formatted(column.name()))
        : Optional.empty();
  }

  /** The same column by its number; by its name where its number was not known before. */
  private static Column same(List<Column> columns, Column wanted) {
    return columns.stream()
        .filter(
            c -> c.attnum() == 0 ? c.name().equals(wanted.name()) : c.attnum() == wanted.attnum())
        .findFirst()
        .orElse(null);
  }
}
