package dev.walcdc.capture.debezium;

import io.debezium.connector.postgresql.PostgresConnector;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnectorTask;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.connection.Lsn;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.connector.postgresql.connection.ReplicationStream;
import io.debezium.connector.postgresql.connection.WalPositionLocator;
import io.debezium.connector.postgresql.spi.SlotCreationResult;
import io.debezium.jdbc.JdbcConnection;
import java.sql.SQLException;
import java.util.Optional;
import org.apache.kafka.connect.connector.Task;

/**
 * Debezium's connector, made to hand every value on as the text that PostgreSQL prints, for {@link
 * TextConverter} to make the envelope's form of it. By itself the connector parses values first,
 * and what it parses them into does not hold all of them: a {@code timetz} of 24:00 stops it, an
 * offset is lost, ranges of time become those of this machine's zone. What the stream says of
 * tables goes to {@link Relations}.
 */
public final class TextConnector extends PostgresConnector {

  @Override
  public Class<? extends Task> taskClass() {
    return TextTask.class;
  }

  /** Made by Debezium. */
  public static final class TextTask extends PostgresConnectorTask {

    @Override
    protected ReplicationConnection buildReplicationConnection(
        PostgresConnection jdbcConnection, PostgresSchema schema, PostgresConnectorConfig config)
        throws SQLException {
      Relations relations = Relations.shared(config.getConfig());
      // The types for the stream are those of the connection that it asks about tables. It closes
      // it.
      PostgresConnection texts =
          RelationDecoder.keysOf(config, new TextTypes(jdbcConnection), relations);
      ReplicationConnection stream = super.buildReplicationConnection(texts, schema, config);
      RelationDecoder.install(stream, schema, config, texts, relations);
      return new PrintingConnection(stream);
    }
  }

  /**
   * Sets how values are printed right before they stream. Debezium runs the statements that it has
   * for new connections on all of them but this one.
   */
  private record PrintingConnection(ReplicationConnection connection)
      implements ReplicationConnection {

    private void print() throws SQLException, InterruptedException {
      connection.initConnection();
      ((JdbcConnection) connection).execute(PrintedText.statements());
    }

    @Override
    public ReplicationStream startStreaming(WalPositionLocator walPosition)
        throws SQLException, InterruptedException {
      print();
      return connection.startStreaming(walPosition);
    }

    @Override
    public ReplicationStream startStreaming(Lsn offset, WalPositionLocator walPosition)
        throws SQLException, InterruptedException {
      print();
      return connection.startStreaming(offset, walPosition);
    }

    @Override
    public Optional<SlotCreationResult> createReplicationSlot() throws SQLException {
      return connection.createReplicationSlot();
    }

    @Override
    public void initConnection() throws SQLException, InterruptedException {
      connection.initConnection();
    }

    @Override
    public boolean isConnected() throws SQLException {
      return connection.isConnected();
    }

    @Override
    public void reconnect() throws SQLException {
      connection.reconnect();
    }

    @Override
    public void close() throws Exception {
      connection.close();
    }
  }
}
