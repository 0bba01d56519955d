package dev.walcdc.capture.debezium;

import dev.walcdc.capture.CaptureException;
import dev.walcdc.capture.source.Relation;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.MessageDecoderContext;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.connector.postgresql.connection.PostgresReplicationConnection;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.connector.postgresql.connection.ReplicationStream.ReplicationMessageProcessor;
import io.debezium.connector.postgresql.connection.pgoutput.PgOutputMessageDecoder;
import io.debezium.relational.TableId;
import io.debezium.relational.TableSchema;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Debezium's decoder of pgoutput, which also notes what the stream says of tables. Debezium itself
 * drops which columns identify a row and asks the catalog for the key, which may have changed
 * since; here it gets the key of that time.
 */
final class RelationDecoder extends PgOutputMessageDecoder {

  private final Relations relations;
  private final PostgresSchema schema;

  private RelationDecoder(
      PostgresSchema schema,
      PostgresConnectorConfig config,
      PostgresConnection connection,
      Relations relations) {
    super(new MessageDecoderContext(config, schema), connection);
    this.relations = relations;
    this.schema = schema;
  }

  /**
   * Makes a connection decode by this. Debezium chooses its decoder from a closed list, hence the
   * reflection: a version of it that is built otherwise is refused.
   *
   * @param catalog what {@link #keysOf} made
   */
  static void install(
      ReplicationConnection stream,
      PostgresSchema schema,
      PostgresConnectorConfig config,
      PostgresConnection catalog,
      Relations relations) {
    try {
      Field decoder = PostgresReplicationConnection.class.getDeclaredField("messageDecoder");
      decoder.setAccessible(true);
      decoder.set(stream, new RelationDecoder(schema, config, catalog, relations));
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      throw new CaptureException(
          "This version of Debezium does not decode the stream as the one that capture was made for",
          e);
    }
  }

  /** A connection for Debezium to ask about tables, which knows their keys from the stream. */
  static PostgresConnection keysOf(
      PostgresConnectorConfig config, TypeRegistry types, Relations relations) {
    return new PostgresConnection(config, types, PostgresConnection.CONNECTION_GENERAL) {
      @Override
      public List<String> readPrimaryKeyNames(DatabaseMetaData metadata, TableId table)
          throws SQLException {
        return new ArrayList<>(relations.currentKey());
      }
    };
  }

  @Override
  public void processNotEmptyMessage(
      ByteBuffer message, ReplicationMessageProcessor processor, TypeRegistry types)
      throws SQLException, InterruptedException {
    if (message.get(message.position()) != Relation.MESSAGE) {
      super.processNotEmptyMessage(message, processor, types);
      return;
    }
    Relation relation = Relation.read(message);
    relations.begin(relation);
    super.processNotEmptyMessage(message, processor, types);
    TableSchema made =
        schema.schemaFor(new TableId(null, relation.name().schema(), relation.name().table()));
    relations.end(made == null ? null : made.getEnvelopeSchema().schema());
  }
}
