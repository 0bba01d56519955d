package dev.walcdc.iceberg;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.ShadowState;
import dev.walcdc.log.TopicNames;
import dev.walcdc.schema.SchemaNumber;
import dev.walcdc.schema.TableSchema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.RowLevelOperationMode;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the table of a topic in the catalog, or creates it. Safe to share between threads.
 *
 * <p>A table remembers its topic and the schema of the source that it was last brought to as
 * properties.
 */
final class LakeTables {

  /** JSON of the {@link TableSchema} that the table was last brought to. */
  static final String SOURCE_SCHEMA = "walcdc.schema";

  /** Which program writes the table: two would undo each other's rows. */
  static final String WRITER = "walcdc.writer";

  /** This one; also of tables from before there was another, which name none. */
  static final String THIS_WRITER = "sink-iceberg";

  /** Namespace that stands for one namespace per schema of the source. */
  static final String PER_SCHEMA = "*";

  /** {@link ShadowState} of a table that is, or was, made anew. */
  static final String SHADOW = "walcdc.shadow";

  /** On a shadow: {@link SchemaNumber} of the definition that it was begun with. */
  static final String FOUNDED = "walcdc.founded";

  private static final Logger LOG = LoggerFactory.getLogger(LakeTables.class);

  private static final int METADATA_VERSIONS_KEPT = 20;

  private final Catalog catalog;
  private final Map<String, String> catalogProperties;
  private final Namespace namespace;
  private final SchemaNumber founded;

  /**
   * @param catalog the catalog
   * @param catalogProperties what it was configured with: its defaults for tables go before ours
   * @param namespace namespace of all tables, or {@link #PER_SCHEMA}
   */
  LakeTables(Catalog catalog, Map<String, String> catalogProperties, String namespace) {
    this(
        catalog,
        catalogProperties,
        namespace.equals(PER_SCHEMA) ? null : Namespace.of(namespace.split("\\.", -1)),
        null);
  }

  private LakeTables(
      Catalog catalog,
      Map<String, String> catalogProperties,
      Namespace namespace,
      SchemaNumber founded) {
    this.catalog = catalog;
    this.catalogProperties = catalogProperties;
    this.namespace = namespace;
    this.founded = founded;
  }

  /** The same for the shadows that were begun with this definition. */
  LakeTables shadows(SchemaNumber begunWith) {
    return new LakeTables(catalog, catalogProperties, namespace, begunWith);
  }

  /** The table's name in the catalog. */
  TableIdentifier identifier(TableSchema source) {
    return TableIdentifier.of(
        namespace != null ? namespace : Namespace.of(source.schema()),
        founded == null ? source.table() : source.table() + ShadowState.TABLE_SUFFIX);
  }

  /**
   * The table that this topic feeds, found by the end of the topic's name and made sure of by the
   * table's property, so that it does not matter where dots are in any of the names.
   */
  Optional<LakeTable> find(String topic) {
    for (Namespace candidate : namespaces()) {
      for (TableIdentifier identifier : catalog.listTables(candidate)) {
        if (endsWith(topic, identifier)) {
          Optional<LakeTable> table = load(identifier);
          if (table.isPresent() && topic.equals(topicOf(table.get()))) {
            return table;
          }
        }
      }
    }
    return Optional.empty();
  }

  private List<Namespace> namespaces() {
    if (!(catalog instanceof SupportsNamespaces namespaces)) {
      return namespace == null ? List.of() : List.of(namespace);
    }
    if (namespace == null) {
      return namespaces.listNamespaces();
    }
    return namespaces.namespaceExists(namespace) ? List.of(namespace) : List.of();
  }

  /** Topics are named by Debezium's rule, which leaves few characters as they are. */
  private boolean endsWith(String topic, TableIdentifier identifier) {
    String table = identifier.name();
    if (founded != null) {
      if (!table.endsWith(ShadowState.TABLE_SUFFIX)) {
        return false;
      }
      table = table.substring(0, table.length() - ShadowState.TABLE_SUFFIX.length());
    }
    String name = namespace != null ? table : identifier.namespace().toString() + "." + table;
    return topic.endsWith("." + TopicNames.legal(name)) || topic.endsWith("." + name);
  }

  /**
   * The table of this topic, created if there is none.
   *
   * @throws RefusedChangeException if a table of this name is there and belongs to something else
   */
  LakeTable openOrCreate(String topic, TableSchema source) {
    TableIdentifier identifier = identifier(source);
    if (source.table().endsWith(ShadowState.TABLE_SUFFIX)) {
      throw new RefusedChangeException(
          source.qualifiedName(),
          "Table %s has a name for tables that are being made anew. Rename it at the source, or leave it out of the publication"
              .formatted(identifier));
    }
    LakeTable table = load(identifier).orElseGet(() -> create(topic, source, identifier));
    requireThisWriter(source, table);
    String owner = topicOf(table);
    if (!topic.equals(owner)) {
      throw new RefusedChangeException(
          source.qualifiedName(),
          owner == null
              ? ("Table %s exists but was not created by this sink. Rename or drop it, or write topic"
                      + " `%s` to another namespace")
                  .formatted(table.name(), topic)
              : ("Table %s belongs to topic `%s`. Write topic `%s` to another namespace, or use one"
                      + " namespace per schema (iceberg:*)")
                  .formatted(table.name(), owner, topic));
    }
    return table;
  }

  private static void requireThisWriter(TableSchema source, LakeTable table) {
    String writer = table.operations().current().property(WRITER, THIS_WRITER);
    if (!writer.equals(THIS_WRITER)) {
      throw new RefusedChangeException(
          source.qualifiedName(),
          ("Table %s is written by %s, not by %s. Have one of them write to another namespace, or"
                  + " stop the other for good and drop the table")
              .formatted(table.name(), writer, THIS_WRITER));
    }
  }

  /**
   * The table for changes of this schema; empty if there is none.
   *
   * @throws RefusedChangeException if another program writes it
   */
  Optional<LakeTable> load(TableSchema source) {
    Optional<LakeTable> table = load(identifier(source));
    table.ifPresent(found -> requireThisWriter(source, found));
    return table;
  }

  /**
   * Drops a table from the catalog, if it is there.
   *
   * @param files whether its files go as well
   */
  void drop(TableSchema source, boolean files) {
    catalog.dropTable(identifier(source), files);
  }

  private static String topicOf(LakeTable table) {
    return table.operations().current().property(Positions.TOPIC, null);
  }

  private Optional<LakeTable> load(TableIdentifier identifier) {
    try {
      return Optional.of(open(catalog.loadTable(identifier)));
    } catch (NoSuchTableException e) {
      return Optional.empty();
    }
  }

  private LakeTable open(Table table) {
    if (table instanceof HasTableOperations accessible) {
      TableOperations operations = accessible.operations();
      return new LakeTable(table.name(), operations);
    }
    throw new IllegalStateException(
        "Catalog %s does not give access to the metadata of table %s"
            .formatted(catalog.name(), table.name()));
  }

  private LakeTable create(String topic, TableSchema source, TableIdentifier identifier) {
    Schema schema = TableLayout.of(source);
    Map<String, String> properties = properties(topic, source);
    createNamespace(identifier.namespace());
    try {
      Table table = catalog.buildTable(identifier, schema).withProperties(properties).create();
      LOG.info("Created table {} for topic {}", table.name(), topic);
      return open(table);
    } catch (AlreadyExistsException e) {
      // By another replica, or by us and the answer was lost.
      return open(catalog.loadTable(identifier));
    }
  }

  private void createNamespace(Namespace name) {
    if (catalog instanceof SupportsNamespaces namespaces && !namespaces.namespaceExists(name)) {
      try {
        namespaces.createNamespace(name);
      } catch (AlreadyExistsException e) {
        LOG.debug("Namespace {} was created by another", name);
      }
    }
  }

  private Map<String, String> properties(String topic, TableSchema source) {
    String mergeOnRead = RowLevelOperationMode.MERGE_ON_READ.modeName();
    Map<String, String> properties = new HashMap<>();
    properties.put(TableProperties.DEFAULT_FILE_FORMAT, "parquet");
    properties.put(TableProperties.PARQUET_COMPRESSION, "zstd");
    properties.put(TableProperties.DELETE_MODE, mergeOnRead);
    properties.put(TableProperties.UPDATE_MODE, mergeOnRead);
    properties.put(TableProperties.MERGE_MODE, mergeOnRead);
    if (source.hasKey()) {
      properties.put(TableProperties.UPSERT_ENABLED, "true");
    }
    // Maintenance meets a commit of ours every few seconds and must win some time.
    properties.put(TableProperties.COMMIT_NUM_RETRIES, "10");
    properties.put(TableProperties.COMMIT_MIN_RETRY_WAIT_MS, "100");
    properties.put(TableProperties.COMMIT_MAX_RETRY_WAIT_MS, "5000");
    // Each commit writes a metadata file; thousands a day must not pile up.
    properties.put(TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true");
    properties.put(
        TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, Integer.toString(METADATA_VERSIONS_KEPT));
    // ClickHouse does not find compressed metadata.
    properties.put(TableProperties.METADATA_COMPRESSION, "none");
    // Bounds are kept of the first hundred columns only, unless asked for.
    for (String key : source.key()) {
      properties.put(TableProperties.METRICS_MODE_COLUMN_CONF_PREFIX + key, "truncate(16)");
    }
    properties.put(TableProperties.METRICS_MODE_COLUMN_CONF_PREFIX + TableLayout.EPOCH, "full");
    properties.put(
        TableProperties.METRICS_MODE_COLUMN_CONF_PREFIX + TableLayout.LAST_COMMIT_LSN, "full");
    properties.put(TableProperties.METRICS_MODE_COLUMN_CONF_PREFIX + TableLayout.LSN, "full");
    properties
        .keySet()
        .removeIf(
            property ->
                catalogProperties.containsKey(CatalogProperties.TABLE_DEFAULT_PREFIX + property));
    // The rest is not a matter of taste.
    properties.put(TableProperties.FORMAT_VERSION, "2");
    properties.put(WRITER, THIS_WRITER);
    properties.put(Positions.TOPIC, topic);
    properties.put(SOURCE_SCHEMA, SchemaEvolution.toProperty(source));
    if (founded != null) {
      properties.put(FOUNDED, founded.toString());
    }
    return properties;
  }
}
