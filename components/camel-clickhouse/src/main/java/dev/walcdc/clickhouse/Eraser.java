package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.ClickHouseConstants.COMMITTED_AT_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.DELETED_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.VERSION_COLUMN;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.KeyCondition.Bound;
import dev.walcdc.schema.TableSchema;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Applies a TRUNCATE or a fence: every row that is alive with a lower version gets a tombstone of
 * the version just below. So no change from before brings it back, every one from after does, and a
 * row of exactly that version, which was read by the snapshot or copy whose end the fence marks,
 * wins whether it is written before or after the tombstone. Applied again it finds nothing to do.
 *
 * <p>The version of one without a condition is noted on the table itself, as the comment of its
 * version column, and is gone with the table. Safe to share.
 */
final class Eraser {

  private static final ClickHouseType STRING = ClickHouseType.of(ClickHouseType.Kind.STRING);
  private static final String NOTE = "Rows below version %s were erased";
  private static final Pattern NOTED = Pattern.compile(NOTE.formatted("(\\d+)"));

  private final ClickHouseServer server;

  Eraser(ClickHouseServer server) {
    this.server = server;
  }

  void erase(TableLayout layout, TableSchema schema, Erasure erasure) {
    TableName table = layout.name();
    BigInteger bound = erasure.below().toBigInteger();
    String identity = Sql.identifiers(TableDdl.identity(schema));
    String versionColumn = Sql.identifier(VERSION_COLUMN);
    String committedAt = Sql.identifier(COMMITTED_AT_COLUMN);
    server.execute(
        "INSERT INTO %s (%s, %s, %s, %s) SELECT %s, %s, 1, %s FROM %s FINAL WHERE %s < %s%s"
            .formatted(
                table.sql(),
                identity,
                versionColumn,
                Sql.identifier(DELETED_COLUMN),
                committedAt,
                identity,
                number(bound.subtract(BigInteger.ONE)),
                committedAt,
                table.sql(),
                versionColumn,
                number(bound),
                condition(layout, schema, erasure.where())));
    if (erasure.where().isAll() && erasedBelow(table).compareTo(bound) < 0) {
      server.execute(
          "ALTER TABLE %s COMMENT COLUMN %s %s"
              .formatted(table.sql(), versionColumn, Sql.literal(NOTE.formatted(bound))));
    }
  }

  /** Rows of lower versions are gone for good, those included that never came here; 0 if none. */
  BigInteger erasedBelow(TableName table) {
    List<Object[]> comments =
        server.query(
            "SELECT comment FROM system.columns WHERE database = %s AND table = %s AND name = %s"
                .formatted(
                    Sql.literal(table.database()),
                    Sql.literal(table.table()),
                    Sql.literal(VERSION_COLUMN)),
            List.of(STRING),
            Map.of());
    Matcher noted =
        NOTED.matcher(comments.isEmpty() ? "" : RowBinaryInput.text(comments.get(0)[0]));
    return noted.matches() ? new BigInteger(noted.group(1)) : BigInteger.ZERO;
  }

  private static String number(BigInteger version) {
    return "toUInt128(%s)".formatted(Sql.literal(version.toString()));
  }

  private static String condition(TableLayout layout, TableSchema schema, KeyCondition where) {
    StringBuilder sql = new StringBuilder();
    for (Bound bound : where.bind(schema)) {
      String name = bound.column().name();
      sql.append(" AND ")
          .append(Sql.identifier(name))
          .append(' ')
          .append(bound.operator().sql())
          .append(' ')
          .append(SqlValues.of(bound.value(), layout.columns().get(name)));
    }
    return sql.toString();
  }
}
