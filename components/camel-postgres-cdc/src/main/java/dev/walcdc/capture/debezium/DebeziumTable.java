package dev.walcdc.capture.debezium;

import io.debezium.relational.Table;
import io.debezium.relational.TableSchema;
import java.time.Instant;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/**
 * One table: has {@link TextConverter} turn what PostgreSQL prints for a row's values, which is
 * what pgoutput sends, into the row that it makes of them in the stream. Used by one thread.
 */
final class DebeziumTable {

  private static final String SEQUENCE = "sequence";

  private final Table table;
  private final TableSchema schema;
  private final String topic;

  DebeziumTable(Table table, TableSchema schema, String topic) {
    this.table = table;
    this.schema = schema;
    this.topic = topic;
  }

  /** The topic of its changes. */
  String topic() {
    return topic;
  }

  /** The schema of its rows. */
  Schema rowSchema() {
    return schema.valueSchema();
  }

  /** A row of values that were read. */
  record Row(Struct key, Struct after) {}

  /**
   * Makes a row.
   *
   * @param texts values in the columns' order; null for NULL
   */
  Row row(String[] texts) {
    return new Row(schema.keyFromColumnData(texts), schema.valueFromColumnData(texts));
  }

  /**
   * The envelope of a row that was read again.
   *
   * @param at the source of the mark at whose place the row is written
   */
  Struct envelope(Struct after, Struct at) {
    Schema sourceSchema = schema.getEnvelopeSchema().schema().field("source").schema();
    Struct source = new Struct(sourceSchema);
    for (Field field : sourceSchema.fields()) {
      if (at.schema().field(field.name()) != null) {
        source.put(field, at.get(field.name()));
      }
    }
    source.put("schema", table.id().schema());
    source.put("table", table.id().table());
    source.put("snapshot", "incremental");
    source.put(SEQUENCE, at.getString(SEQUENCE));
    return schema.getEnvelopeSchema().read(after, source, Instant.now());
  }
}
