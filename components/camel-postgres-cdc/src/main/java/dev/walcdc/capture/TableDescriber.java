package dev.walcdc.capture;

import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.Relation;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Adds to what the stream says of a table what only the catalog knows: names of types, and which
 * columns are the primary key. Used by one thread.
 */
public final class TableDescriber {

  private final SourceCatalog catalog;

  /** The key that each table had last; what the stream and the catalog leave open is seldom new. */
  private final Map<TableName, List<String>> keys = new HashMap<>();

  /**
   * @param published every schema that is on the log
   */
  public TableDescriber(SourceCatalog catalog, Collection<TableSchema> published) {
    this.catalog = catalog;
    published.stream()
        .sorted(
            Comparator.comparingInt(TableSchema::epoch).thenComparingLong(TableSchema::sequence))
        .forEach(s -> keys.put(new TableName(s.schema(), s.table()), s.key()));
  }

  /**
   * Describes a table.
   *
   * @throws CaptureException if the source does not answer
   */
  public StreamedTable describe(Relation relation) {
    try {
      Definition present = catalog.definition(relation.oid()).orElse(null);
      List<PostgresType> types = catalog.types(relation.columns());
      List<StreamedTable.Attribute> columns = new ArrayList<>(types.size());
      for (int i = 0; i < types.size(); i++) {
        columns.add(new StreamedTable.Attribute(relation.columns().get(i).name(), types.get(i)));
      }
      List<String> key = key(relation, present, keys.getOrDefault(relation.name(), List.of()));
      keys.put(relation.name(), key);
      return new StreamedTable(relation.name(), relation.oid(), columns, key, present);
    } catch (SQLException e) {
      throw new CaptureException(
          "The catalog does not say what table %s looks like: %s"
              .formatted(relation.name(), e.getMessage()),
          e);
    }
  }

  /**
   * The key at the time of the changes. By default the stream marks exactly its columns, and only
   * their order is left open; but a deferrable key it does not mark. Under another replica identity
   * it is what the catalog says, or what it was before, whichever fits to the columns.
   *
   * @param present what the catalog says; null if the table is gone
   * @param last the key that the table had before; empty if it had none or is new
   */
  static List<String> key(Relation relation, Definition present, List<String> last) {
    List<String> marked =
        relation.columns().stream()
            .filter(Relation.Attribute::ofIdentity)
            .map(Relation.Attribute::name)
            .toList();
    List<String> all = relation.columns().stream().map(Relation.Attribute::name).toList();
    List<String> now = present == null ? List.of() : present.key();
    return switch (relation.identity()) {
      case 'd' ->
          marked.isEmpty() && (present == null || present.deferrableKey())
              ? firstWithin(all, now, last, List.of())
              : isSame(now, marked) ? now : isSame(last, marked) ? last : marked;
      case 'i' -> firstWithin(marked, now, last, present == null ? marked : List.of());
      default -> firstWithin(all, now, last, List.of());
    };
  }

  private static boolean isSame(List<String> key, List<String> marked) {
    return key.size() == marked.size() && new HashSet<>(key).containsAll(marked);
  }

  private static List<String> firstWithin(
      List<String> columns, List<String> now, List<String> last, List<String> otherwise) {
    if (!now.isEmpty() && columns.containsAll(now)) {
      return now;
    }
    return !last.isEmpty() && columns.containsAll(last) ? last : otherwise;
  }
}
