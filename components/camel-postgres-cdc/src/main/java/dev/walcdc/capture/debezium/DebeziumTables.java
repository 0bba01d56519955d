package dev.walcdc.capture.debezium;

import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.schema.Column;
import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresValueConverter;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.converters.custom.CustomConverterServiceProvider;
import io.debezium.relational.Table;
import io.debezium.relational.TableEditor;
import io.debezium.relational.TableId;
import io.debezium.relational.TableSchema;
import io.debezium.relational.TableSchemaBuilder;
import io.debezium.relational.Tables;
import io.debezium.spi.topic.TopicNamingStrategy;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Tables as Debezium sees them in the stream, made with its own converters and from the same
 * properties as the engine, so that equal values become equal envelopes. Used by one thread; closed
 * by whoever made it.
 */
final class DebeziumTables implements AutoCloseable {

  private static final String USAGE = "Resync";
  private static final String INITIAL_STATEMENTS = "database.initial.statements";

  /** Capture waits for the answer, so it is not to wait behind DDL. */
  private static final String SETTINGS = "SET lock_timeout = '1s'";

  private final PostgresConnectorConfig config;
  private final PostgresConnection connection;
  private final TableSchemaBuilder builder;
  private final TopicNamingStrategy<TableId> topics;

  /**
   * Connects to the source.
   *
   * @param properties of the engine
   */
  @SuppressWarnings("unchecked") // As Debezium's own task does it.
  DebeziumTables(Properties properties) {
    Configuration given = Configuration.from(properties);
    Configuration all =
        given
            .edit()
            .with(INITIAL_STATEMENTS, given.getString(INITIAL_STATEMENTS) + ";" + SETTINGS)
            .build();
    config = new PostgresConnectorConfig(all);
    topics = config.getTopicNamingStrategy(PostgresConnectorConfig.TOPIC_NAMING_STRATEGY);
    TypeRegistry types = PostgresConnection.createTypeRegistry(config.getJdbcConfig());
    PostgresValueConverter[] converter = new PostgresValueConverter[1];
    connection =
        new PostgresConnection(
            config.getJdbcConfig(),
            types,
            registry -> {
              converter[0] = PostgresValueConverter.of(config, StandardCharsets.UTF_8, registry);
              return converter[0];
            },
            USAGE);
    builder =
        new TableSchemaBuilder(
            converter[0],
            connection.getDefaultValueConverter(),
            config.schemaNameAdjuster(),
            new CustomConverterServiceProvider().createService(all, null),
            config.getSourceInfoStructMaker().schema(),
            config.getFieldNamer(),
            false,
            config.getEventConvertingFailureHandlingMode());
  }

  /**
   * A table with these columns, as they are in the catalog now.
   *
   * @throws SQLException if the source does not answer
   */
  DebeziumTable table(TableName name, Definition definition) throws SQLException {
    Tables found = new Tables();
    connection.readSchema(
        found,
        null,
        name.schema(),
        Tables.TableFilter.fromPredicate(
            id -> id.schema().equals(name.schema()) && id.table().equals(name.table())),
        null,
        false);
    TableId id = found.tableIds().iterator().next();
    Table all = found.forTable(id);
    TableEditor captured =
        Table.editor().tableId(new TableId(config.databaseName(), id.schema(), id.table()));
    for (Column column : definition.columns()) {
      captured.addColumns(all.columnWithName(column.name()));
    }
    captured.setPrimaryKeyNames(all.primaryKeyColumnNames());
    Table table = captured.create();
    TableSchema schema = builder.create(topics, table, null, null, config.getKeyMapper());
    return new DebeziumTable(table, schema, topics.dataChangeTopic(table.id()));
  }

  @Override
  public void close() {
    connection.close();
  }
}
