package dev.walcdc.iceberg;

import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/**
 * Opens a catalog. Whoever opens a new JDBC catalog makes its tables, without asking whether
 * another does so at this moment: of two, one fails and finds them made when it opens the catalog
 * again.
 */
final class CatalogOpener {

  /**
   * What PostgreSQL says to the second: a column, a table, or an entry of its own catalog of the
   * name is there already (SQLSTATE, appendix A of its manual).
   */
  private static final Set<String> MADE_BY_ANOTHER = Set.of("42701", "42P07", "23505");

  /** One for the tables, one for a column that a later version added to each of the two. */
  private static final int ATTEMPTS = 4;

  private CatalogOpener() {}

  static Catalog open(String name, Map<String, String> properties) {
    for (int attempt = 1; ; attempt++) {
      try {
        return CatalogUtil.buildIcebergCatalog(name, properties, null);
      } catch (UncheckedSQLException e) {
        if (attempt == ATTEMPTS || !isMadeByAnother(e)) {
          throw e;
        }
      }
    }
  }

  private static boolean isMadeByAnother(UncheckedSQLException e) {
    return e.getCause() instanceof SQLException cause
        && MADE_BY_ANOTHER.contains(cause.getSQLState());
  }
}
