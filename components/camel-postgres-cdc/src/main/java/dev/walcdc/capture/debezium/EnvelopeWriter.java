package dev.walcdc.capture.debezium;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/**
 * Writes keys and envelopes as Kafka's JsonConverter does without schemas, but straight to bytes:
 * no tree a record. It never puts a column's default where the value is NULL; only what Debezium
 * says of the source itself has defaults. Used by one thread.
 */
final class EnvelopeWriter {

  /** Debezium leaves {@code snapshot} out of it where that is its default, "false". */
  private static final String SOURCE = "io.debezium.connector.postgresql.Source";

  private static final int INITIAL_BYTES = 1024;

  /** Debezium makes new schemas for as long as it runs, whenever PostgreSQL describes a table. */
  private static final int KEPT_SCHEMAS = 10_000;

  private final JsonFactory json = new JsonFactory();
  private final Map<Schema, SerializedString[]> fieldNames = new IdentityHashMap<>();
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(INITIAL_BYTES);

  /** The struct as UTF-8 JSON; null for null. */
  byte[] write(Struct struct) {
    if (struct == null) {
      return null;
    }
    buffer.reset();
    try (JsonGenerator generator = json.createGenerator(buffer)) {
      writeStruct(generator, struct);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return buffer.toByteArray();
  }

  private void writeStruct(JsonGenerator generator, Struct struct) throws IOException {
    List<Field> fields = struct.schema().fields();
    if (fieldNames.size() > KEPT_SCHEMAS) {
      fieldNames.clear();
    }
    SerializedString[] names =
        fieldNames.computeIfAbsent(
            struct.schema(),
            schema ->
                schema.fields().stream()
                    .map(field -> new SerializedString(field.name()))
                    .toArray(SerializedString[]::new));
    boolean ofSource = SOURCE.equals(struct.schema().name());
    generator.writeStartObject();
    for (int i = 0; i < names.length; i++) {
      generator.writeFieldName(names[i]);
      writeValue(
          generator,
          ofSource ? struct.get(fields.get(i)) : struct.getWithoutDefault(fields.get(i).name()));
    }
    generator.writeEndObject();
  }

  private void writeValue(JsonGenerator generator, Object value) throws IOException {
    if (value == null) {
      generator.writeNull();
    } else if (value instanceof String text) {
      generator.writeString(text);
    } else if (value instanceof Long number) {
      generator.writeNumber(number);
    } else if (value instanceof Integer number) {
      generator.writeNumber(number);
    } else if (value instanceof Struct struct) {
      writeStruct(generator, struct);
    } else if (value instanceof Boolean flag) {
      generator.writeBoolean(flag);
    } else if (value instanceof Short number) {
      generator.writeNumber(number);
    } else if (value instanceof Byte number) {
      generator.writeNumber(number);
    } else if (value instanceof Double number) {
      generator.writeNumber(number);
    } else if (value instanceof Float number) {
      generator.writeNumber(number);
    } else if (value instanceof byte[] bytes) {
      generator.writeBinary(bytes);
    } else if (value instanceof ByteBuffer bytes) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      generator.writeBinary(copy);
    } else if (value instanceof List<?> elements) {
      generator.writeStartArray();
      for (Object element : elements) {
        writeValue(generator, element);
      }
      generator.writeEndArray();
    } else if (value instanceof Map<?, ?> entries) {
      generator.writeStartObject();
      for (Map.Entry<?, ?> entry : entries.entrySet()) {
        if (!(entry.getKey() instanceof String name)) {
          throw new IllegalArgumentException(
              "No JSON form is known for a map whose keys are not text: " + entry.getKey());
        }
        generator.writeFieldName(name);
        writeValue(generator, entry.getValue());
      }
      generator.writeEndObject();
    } else {
      throw new IllegalArgumentException(
          "No JSON form is known for a value of " + value.getClass().getName());
    }
  }
}
