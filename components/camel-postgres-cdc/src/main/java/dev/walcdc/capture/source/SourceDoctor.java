package dev.walcdc.capture.source;

import dev.walcdc.capture.resync.SignalTable;
import dev.walcdc.capture.source.Finding.Severity;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Says what a source database lacks for capture, with the SQL to give it. Changes nothing. Capture
 * refuses to start on an error found here.
 */
public final class SourceDoctor {

  private final SourceCatalog catalog;
  private final SourceConnection source;

  public SourceDoctor(SourceConnection source) {
    this.source = source;
    this.catalog = new SourceCatalog(source);
  }

  /**
   * Examines the source for a capture of all tables of a publication.
   *
   * @param publication the publication to capture
   * @param own the tables that capture writes to
   * @return what is missing, errors first; empty if nothing is
   * @throws SQLException if the source does not answer
   */
  public List<Finding> examine(String publication, OwnTables own) throws SQLException {
    return examine(publication, own, table -> true);
  }

  /**
   * Examines the source for a capture of some tables of a publication.
   *
   * @param publication the publication to capture
   * @param own the tables that capture writes to
   * @param captured which of the publication's tables are captured
   * @return what is missing, errors first; empty if nothing is
   * @throws SQLException if the source does not answer
   */
  public List<Finding> examine(String publication, OwnTables own, Predicate<TableName> captured)
      throws SQLException {
    List<Finding> findings = new ArrayList<>();
    checkWalLevel(findings);
    checkRole(findings);
    checkPublication(findings, publication);
    checkPartitions(findings, publication);
    checkTables(findings, publication, own, captured);
    if (own.heartbeat() != null) {
      checkHeartbeat(findings, publication, own.heartbeat());
    }
    if (own.signal() != null && !hasSignals(publication, own.signal())) {
      findings.add(noSignals(publication, own.signal()));
    }
    findings.sort((a, b) -> a.severity().compareTo(b.severity()));
    return findings;
  }

  private void checkWalLevel(List<Finding> findings) throws SQLException {
    String level = single("SELECT current_setting('wal_level')");
    if (!level.equals("logical")) {
      findings.add(
          new Finding(
              Severity.ERROR,
              "wal_level is `%s`, so the WAL does not say which rows changed".formatted(level),
              "ALTER SYSTEM SET wal_level = 'logical'; -- then restart PostgreSQL"));
    }
  }

  private void checkRole(List<Finding> findings) throws SQLException {
    String mayReplicate =
        single("SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user");
    if (!mayReplicate.equals("t")) {
      findings.add(
          new Finding(
              Severity.ERROR,
              "Role `%s` may not read the WAL".formatted(source.user()),
              "ALTER ROLE %s REPLICATION;".formatted(quote(source.user()))));
    }
  }

  private void checkPublication(List<Finding> findings, String publication) throws SQLException {
    List<String> published =
        catalog.query(
            "SELECT concat_ws(', ', CASE WHEN NOT pubinsert THEN 'insert' END, CASE WHEN NOT pubupdate THEN 'update' END, CASE WHEN NOT pubdelete THEN 'delete' END, CASE WHEN NOT pubtruncate THEN 'truncate' END) FROM pg_publication WHERE pubname = ?",
            rows -> rows.getString(1),
            publication);
    if (published.isEmpty()) {
      findings.add(
          new Finding(
              Severity.ERROR,
              "Publication `%s` does not exist in database `%s`"
                  .formatted(publication, source.database()),
              "CREATE PUBLICATION %s FOR ALL TABLES WITH (publish_via_partition_root = true); -- or FOR TABLE a, b, ..."
                  .formatted(quote(publication))));
    } else if (!published.get(0).isEmpty()) {
      findings.add(
          new Finding(
              Severity.ERROR,
              "Publication `%s` leaves out %s, so the sinks would differ from the source"
                  .formatted(publication, published.get(0)),
              "ALTER PUBLICATION %s SET (publish = 'insert, update, delete, truncate');"
                  .formatted(quote(publication))));
    }
  }

  private void checkPartitions(List<Finding> findings, String publication) throws SQLException {
    boolean apart =
        !catalog
            .query(
                "SELECT 1 FROM pg_publication p WHERE pubname = ? AND NOT pubviaroot AND EXISTS (SELECT 1 FROM pg_publication_tables t JOIN pg_namespace n ON n.nspname = t.schemaname JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename WHERE t.pubname = p.pubname AND c.relispartition)",
                rows -> true,
                publication)
            .isEmpty();
    if (apart) {
      findings.add(
          new Finding(
              Severity.ADVICE,
              "Publication `%s` shows each partition as a table of its own, and so do the sinks"
                  .formatted(publication),
              "ALTER PUBLICATION %s SET (publish_via_partition_root = true);"
                  .formatted(quote(publication))));
    }
  }

  private void checkTables(
      List<Finding> findings, String publication, OwnTables own, Predicate<TableName> captured)
      throws SQLException {
    record Table(
        TableName id,
        String name,
        String schema,
        String identity,
        boolean key,
        boolean toast,
        boolean readable,
        boolean reachable,
        boolean identityWithoutKey) {}
    List<Table> tables =
        catalog.query(
            """
            SELECT p.schemaname, p.tablename, format('%I.%I', p.schemaname, p.tablename),
                   quote_ident(p.schemaname), c.relreplident,
                   EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary),
                   c.reltoastrelid <> 0
                     AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                                    AND NOT a.attisdropped AND a.attstorage IN ('x', 'e')
                                    AND (a.atttypmod = -1 OR a.atttypmod > 2000)),
                   has_table_privilege(c.oid, 'SELECT'),
                   has_schema_privilege(n.oid, 'USAGE'),
                   c.relreplident = 'i'
                     AND EXISTS (SELECT FROM pg_index k JOIN pg_index i USING (indrelid)
                                  WHERE indrelid = c.oid AND k.indisprimary AND i.indisreplident
                                    AND NOT (k.indkey::int2[])[0:k.indnkeyatts - 1]
                                          <@ (i.indkey::int2[])[0:i.indnkeyatts - 1])
              FROM pg_publication_tables p
              JOIN pg_namespace n ON n.nspname = p.schemaname
              JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
             WHERE p.pubname = ? ORDER BY 1, 2
            """,
            rows ->
                new Table(
                    new TableName(rows.getString(1), rows.getString(2)),
                    rows.getString(3),
                    rows.getString(4),
                    rows.getString(5),
                    rows.getBoolean(6),
                    rows.getBoolean(7),
                    rows.getBoolean(8),
                    rows.getBoolean(9),
                    rows.getBoolean(10)),
            publication);
    for (Table table : tables) {
      if (!captured.test(table.id()) && !own.contains(table.id())) {
        continue;
      }
      if (!table.reachable()) {
        findings.add(
            new Finding(
                Severity.ERROR,
                "Role `%s` may not use schema %s, which the snapshot of table %s needs"
                    .formatted(source.user(), table.schema(), table.name()),
                "GRANT USAGE ON SCHEMA %s TO %s;".formatted(table.schema(), quote(source.user()))));
      }
      if (!table.readable()) {
        findings.add(
            new Finding(
                Severity.ERROR,
                "Role `%s` may not read table %s, which the snapshot needs"
                    .formatted(source.user(), table.name()),
                "GRANT SELECT ON %s TO %s;".formatted(table.name(), quote(source.user()))));
      }
      if (table.identity().equals("n") && table.key()) {
        findings.add(
            new Finding(
                Severity.ERROR,
                "Table %s has REPLICA IDENTITY NOTHING: its updates and deletes cannot be captured"
                    .formatted(table.name()),
                "ALTER TABLE %s REPLICA IDENTITY DEFAULT;".formatted(table.name())));
      }
      if (table.identityWithoutKey()) {
        findings.add(
            new Finding(
                Severity.ERROR,
                "Table %s has a REPLICA IDENTITY index without its primary key: its deletes would not say which row they mean"
                    .formatted(table.name()),
                "ALTER TABLE %s REPLICA IDENTITY DEFAULT;".formatted(table.name())));
      }
      if (table.identity().equals("d")
          && table.key()
          && table.toast()
          && !own.contains(table.id())) {
        findings.add(
            new Finding(
                Severity.ADVICE,
                "Table %s may hold long values, and the WAL leaves them out of updates that do not change them: the sinks must look them up"
                    .formatted(table.name()),
                "ALTER TABLE %s REPLICA IDENTITY FULL;".formatted(table.name())));
      }
    }
  }

  private void checkHeartbeat(List<Finding> findings, String publication, String table)
      throws SQLException {
    // Not to_regclass, which fails where the role may not use the schema.
    boolean exists =
        !catalog
            .query(
                "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = ?",
                rows -> 1,
                table)
            .isEmpty();
    if (!exists) {
      findings.add(
          new Finding(
              Severity.ADVICE,
              "There is no heartbeat table %s: in a quiet database the slot holds WAL back until the next change"
                  .formatted(table),
              "CREATE SCHEMA IF NOT EXISTS walcdc; CREATE TABLE %s (id int PRIMARY KEY, beat_at timestamptz NOT NULL); GRANT USAGE ON SCHEMA walcdc TO %s; GRANT SELECT, INSERT, UPDATE ON %s TO %s; -- and add it to publication %s unless that is FOR ALL TABLES"
                  .formatted(
                      table,
                      quote(source.user()),
                      table,
                      quote(source.user()),
                      quote(publication))));
    } else if (!hasHeartbeat(publication, table)) {
      findings.add(
          new Finding(
              Severity.ADVICE,
              "Heartbeat table %s is not in publication `%s`, or role `%s` may not write it: in a quiet database the slot holds WAL back until the next change"
                  .formatted(table, publication, source.user()),
              "GRANT SELECT, INSERT, UPDATE ON %s TO %s; -- and add it to publication %s unless that is FOR ALL TABLES"
                  .formatted(table, quote(source.user()), quote(publication))));
    }
  }

  /** Says all of the SQL at once: what is there already stays as it is. */
  private Finding noSignals(String publication, String table) {
    String schema = table.substring(0, table.indexOf('.'));
    return new Finding(
        Severity.ADVICE,
        "Signal table %s is missing or not in publication `%s`, or role `%s` may not write it: nothing can be resynced, tables that join the publication later included"
            .formatted(table, publication, source.user()),
        "CREATE SCHEMA IF NOT EXISTS %s; %s; GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT, INSERT, DELETE ON %s TO %s; -- and add it to publication %s unless that is FOR ALL TABLES"
            .formatted(
                schema,
                SignalTable.ddl(table),
                schema,
                quote(source.user()),
                table,
                quote(source.user()),
                quote(publication)));
  }

  /** Whether capture can write its heartbeat there and see it come back. */
  public boolean hasHeartbeat(String publication, String table) throws SQLException {
    return canWrite(publication, table, "INSERT", "UPDATE");
  }

  /** Whether capture can signal there and see it come back. */
  public boolean hasSignals(String publication, String table) throws SQLException {
    return canWrite(publication, table, "INSERT", "DELETE");
  }

  private boolean canWrite(String publication, String table, String right, String andRight)
      throws SQLException {
    return !catalog
        .query(
            """
            SELECT 1 FROM pg_publication_tables p
              JOIN pg_namespace n ON n.nspname = p.schemaname
              JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
             WHERE p.pubname = ? AND p.schemaname || '.' || p.tablename = ?
               AND has_schema_privilege(n.oid, 'USAGE')
               AND has_table_privilege(c.oid, ?)
               AND has_table_privilege(c.oid, ?)
               AND has_table_privilege(c.oid, 'SELECT')
            """,
            rows -> 1,
            publication,
            table,
            right,
            andRight)
        .isEmpty();
  }

  private String single(String sql) throws SQLException {
    return catalog.query(sql, rows -> rows.getString(1)).get(0);
  }

  private static String quote(String identifier) {
    return identifier.matches("[a-z_][a-z0-9_]*")
        ? identifier
        : '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
