package dev.walcdc.capture;

import dev.walcdc.capture.resync.ResyncJobs;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has tables read that join the publication while changes are captured: the stream brings only what
 * happens to them from then on, and the rows that they have by then would be missing. Used by one
 * thread.
 */
final class JoinedTables {

  private static final Logger LOG = LoggerFactory.getLogger(JoinedTables.class);

  private final PostgresCdcConfiguration options;
  private final SourceCatalog catalog;
  private final ResyncJobs jobs;
  private final Map<String, String> known;
  private long lookedAt = System.nanoTime();

  /**
   * @param known tables whose rows are on the log or will be, as {@link #known()} gave them; null
   *     where there is no such state
   * @param tables these then: what the snapshot reads
   * @throws SQLException if the source does not answer
   */
  JoinedTables(
      PostgresCdcConfiguration options,
      SourceCatalog catalog,
      ResyncJobs jobs,
      Map<String, String> known,
      List<TableName> tables)
      throws SQLException {
    this.options = options;
    this.catalog = catalog;
    this.jobs = jobs;
    this.known = new TreeMap<>(known == null ? present() : known);
    if (known == null) {
      this.known.keySet().retainAll(tables.stream().map(JoinedTables::quoted).toList());
    } else {
      lookedAt -= TimeUnit.MILLISECONDS.toNanos(options.getTableInterval());
    }
  }

  /** Looks for them, if that is due; asks for a resync of each. */
  void look() {
    long now = System.nanoTime();
    if (now - lookedAt < TimeUnit.MILLISECONDS.toNanos(options.getTableInterval())) {
      return;
    }
    lookedAt = now;
    try {
      compare();
    } catch (SQLException e) {
      LOG.warn("The source does not say which tables are published, asking again", e);
    }
  }

  private void compare() throws SQLException {
    Map<String, String> present = present();
    if (present.equals(known)) {
      return;
    }
    // What was written by a transaction that is still open may have been written before it joined.
    long notBefore = catalog.nextTransaction();
    present.forEach(
        (name, identity) -> {
          if (!identity.equals(known.get(name))) {
            LOG.info("Table {} has joined the publication and will be read", name);
            jobs.request(parse(name), "it has joined the publication", notBefore);
          }
        });
    known.clear();
    known.putAll(present);
  }

  /** For the state. */
  Map<String, String> known() {
    return Map.copyOf(known);
  }

  private Map<String, String> present() throws SQLException {
    Map<String, String> present = new TreeMap<>();
    catalog
        .publishedIdentities(options.getPublicationName())
        .forEach(
            (table, identity) -> {
              if (options.includedTables().test(table) && !options.ownTables().contains(table)) {
                present.put(quoted(table), identity);
              }
            });
    return present;
  }

  /** A name may hold any character, dots as well. */
  private static String quoted(TableName table) {
    return table.schema().replace("%", "%25").replace(".", "%2E") + "." + table.table();
  }

  private static TableName parse(String name) {
    int dot = name.indexOf('.');
    return new TableName(
        name.substring(0, dot).replace("%2E", ".").replace("%25", "%"), name.substring(dot + 1));
  }
}
