package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.ClickHouseConstants.COMMITTED_AT_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.DELETED_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.VERSION_COLUMN;

import dev.walcdc.change.Version;
import dev.walcdc.schema.TableSchema;

/**
 * Applies a TRUNCATE or a fence: every row that is alive with a lower version gets a tombstone of
 * exactly that version, so a change from before cannot bring it back and one from after can. A row
 * of just that version stays: it was read by the snapshot whose end the fence marks. Applied again
 * it finds nothing to do.
 */
final class Eraser {

  private final ClickHouseServer server;

  Eraser(ClickHouseServer server) {
    this.server = server;
  }

  void eraseBelow(TableName table, TableSchema schema, Version version) {
    String number = "toUInt128(%s)".formatted(Sql.literal(version.toBigInteger().toString()));
    String identity = Sql.identifiers(TableDdl.identity(schema));
    String versionColumn = Sql.identifier(VERSION_COLUMN);
    String committedAt = Sql.identifier(COMMITTED_AT_COLUMN);
    server.execute(
        "INSERT INTO %s (%s, %s, %s, %s) SELECT %s, %s, 1, %s FROM %s FINAL WHERE %s < %s"
            .formatted(
                table.sql(),
                identity,
                versionColumn,
                Sql.identifier(DELETED_COLUMN),
                committedAt,
                identity,
                number,
                committedAt,
                table.sql(),
                versionColumn,
                number));
  }
}
