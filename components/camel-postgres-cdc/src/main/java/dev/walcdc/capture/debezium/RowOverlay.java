package dev.walcdc.capture.debezium;

import dev.walcdc.capture.resync.ChunkWindow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/**
 * Fills what an update left out, because it did not change it and PostgreSQL keeps it out of line,
 * from the row before.
 *
 * @see <a href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html">
 *     Debezium PostgreSQL connector, unavailable.value.placeholder</a>
 */
final class RowOverlay implements ChunkWindow.Overlay<Struct> {

  private static final ByteBuffer BYTES =
      ByteBuffer.wrap(DebeziumSettings.UNCHANGED_MARK.getBytes(StandardCharsets.UTF_8));

  private final Schema schema;

  /**
   * @param schema of the rows that it makes; those that it is given may be of another with the same
   *     columns
   */
  RowOverlay(Schema schema) {
    this.schema = schema;
  }

  @Override
  public Struct over(Struct changed, Struct before) {
    if (changed.schema().fields().size() != schema.fields().size()) {
      return null;
    }
    Struct row = new Struct(schema);
    for (Field field : schema.fields()) {
      if (changed.schema().field(field.name()) == null) {
        return null;
      }
      Object value = changed.getWithoutDefault(field.name());
      if (isUnavailable(value)) {
        if (before == null) {
          return null;
        }
        value = before.getWithoutDefault(field.name());
      }
      row.put(field, value);
    }
    return row;
  }

  /** As {@link TextConverter} marks it. */
  private static boolean isUnavailable(Object value) {
    if (value instanceof byte[] bytes) {
      return BYTES.equals(ByteBuffer.wrap(bytes));
    }
    return DebeziumSettings.UNCHANGED_MARK.equals(value) || BYTES.equals(value);
  }
}
