package dev.walcdc.capture.debezium;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.Test;

/** The oracle is Kafka's own converter. */
class EnvelopeWriterTest {

  private final EnvelopeWriter writer = new EnvelopeWriter();
  private final JsonConverter kafka = kafkasConverter();

  private static JsonConverter kafkasConverter() {
    JsonConverter converter = new JsonConverter();
    converter.configure(
        Map.of("schemas.enable", "false", "replace.null.with.default", "false"), false);
    return converter;
  }

  private record Typed(Schema schema, Object value) {}

  @Provide
  Arbitrary<Struct> structs() {
    return struct(3);
  }

  private static Arbitrary<Struct> struct(int depth) {
    return value(depth).list().ofMaxSize(7).map(EnvelopeWriterTest::structOf);
  }

  private static Struct structOf(List<Typed> values) {
    SchemaBuilder schema = SchemaBuilder.struct().optional();
    for (int i = 0; i < values.size(); i++) {
      schema.field("field \"" + i + "\" é", values.get(i).schema());
    }
    Struct struct = new Struct(schema.build());
    List<Field> fields = struct.schema().fields();
    for (int i = 0; i < values.size(); i++) {
      struct.put(fields.get(i), values.get(i).value());
    }
    return struct;
  }

  private static Arbitrary<Typed> value(int depth) {
    List<Arbitrary<Typed>> kinds =
        new ArrayList<>(
            List.of(
                of(Schema.OPTIONAL_INT8_SCHEMA, Arbitraries.bytes()),
                of(Schema.OPTIONAL_INT16_SCHEMA, Arbitraries.shorts()),
                of(Schema.OPTIONAL_INT32_SCHEMA, Arbitraries.integers()),
                of(Schema.OPTIONAL_INT64_SCHEMA, Arbitraries.longs()),
                of(Schema.OPTIONAL_BOOLEAN_SCHEMA, Arbitraries.of(true, false)),
                of(
                    Schema.OPTIONAL_FLOAT32_SCHEMA,
                    Arbitraries.oneOf(
                        Arbitraries.floats(),
                        Arbitraries.of(Float.NaN, Float.NEGATIVE_INFINITY, -0f))),
                of(
                    Schema.OPTIONAL_FLOAT64_SCHEMA,
                    Arbitraries.oneOf(
                        Arbitraries.doubles(),
                        Arbitraries.of(Double.NaN, Double.POSITIVE_INFINITY, 1e-300, 1e21))),
                of(Schema.OPTIONAL_STRING_SCHEMA, text()),
                of(Schema.OPTIONAL_BYTES_SCHEMA, bytes()),
                of(Schema.OPTIONAL_BYTES_SCHEMA, bytes().map(ByteBuffer::wrap)),
                of(SchemaBuilder.string().optional().defaultValue("the default").build(), text()),
                of(
                    SchemaBuilder.int32().optional().defaultValue(7).build(),
                    Arbitraries.integers()),
                of(
                    SchemaBuilder.array(Schema.OPTIONAL_INT64_SCHEMA).optional().build(),
                    Arbitraries.longs().injectNull(0.2).list().ofMaxSize(4)),
                of(
                    SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.OPTIONAL_STRING_SCHEMA)
                        .optional()
                        .build(),
                    text().list().ofMaxSize(3).map(EnvelopeWriterTest::mapOf))));
    if (depth > 0) {
      kinds.add(struct(depth - 1).map(s -> new Typed(s.schema(), s)));
      kinds.add(
          struct(depth - 1)
              .map(
                  s -> {
                    List<Struct> twice = new ArrayList<>(List.of(s, s));
                    twice.add(null);
                    return new Typed(SchemaBuilder.array(s.schema()).build(), twice);
                  }));
    }
    return Arbitraries.oneOf(kinds);
  }

  private static <T> Arbitrary<Typed> of(Schema schema, Arbitrary<T> values) {
    return values.injectNull(0.2).map(value -> new Typed(schema, value));
  }

  private static Arbitrary<String> text() {
    return Arbitraries.strings()
        .withCharRange(' ', '\u00ff')
        .withChars('\n', '\t', '\u0001', '"', '\\', '\u2028', '日')
        .ofMaxLength(12)
        .map(s -> s.length() > 8 ? s + "😀" : s);
  }

  private static Arbitrary<byte[]> bytes() {
    return Arbitraries.bytes().array(byte[].class).ofMaxSize(80);
  }

  private static Map<String, String> mapOf(List<String> keys) {
    Map<String, String> map = new LinkedHashMap<>();
    keys.forEach(key -> map.put(key, key.isEmpty() ? null : key));
    return map;
  }

  @Property(tries = 500, seed = "20261101")
  void writesWhatKafkasConverterWrites(@ForAll("structs") Struct struct) {
    assertThat(new String(writer.write(struct), UTF_8))
        .isEqualTo(new String(kafka.fromConnectData("topic", struct.schema(), struct), UTF_8));
  }

  @Test
  void nullIsATombstone() {
    assertThat(writer.write(null)).isNull();
  }

  @Test
  void aNullIsNeverTheColumnsDefault() {
    Schema schema =
        SchemaBuilder.struct()
            .field("n", SchemaBuilder.int32().optional().defaultValue(7).build())
            .build();
    assertThat(new String(writer.write(new Struct(schema)), UTF_8)).isEqualTo("{\"n\":null}");
  }

  @Test
  void whatDebeziumSaysOfTheSourceHasItsDefaults() {
    Schema source =
        SchemaBuilder.struct()
            .name("io.debezium.connector.postgresql.Source")
            .field("snapshot", SchemaBuilder.string().optional().defaultValue("false").build())
            .field("xmin", Schema.OPTIONAL_INT64_SCHEMA)
            .build();
    assertThat(new String(writer.write(new Struct(source)), UTF_8))
        .isEqualTo("{\"snapshot\":\"false\",\"xmin\":null}");
  }

  /** Debezium makes none of these for PostgreSQL; should it begin to, it must not pass unseen. */
  @Test
  void whatHasNoJsonFormIsRefused() {
    Schema schema =
        SchemaBuilder.struct()
            .field("m", SchemaBuilder.map(Schema.INT32_SCHEMA, Schema.INT32_SCHEMA).build())
            .build();
    Struct struct = new Struct(schema).put("m", Map.of(1, 2));
    assertThatThrownBy(() -> writer.write(struct))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("No JSON form");
  }

  @Test
  void aFailureLeavesNothingForTheNextRecord() {
    Schema bad =
        SchemaBuilder.struct()
            .field("m", SchemaBuilder.map(Schema.INT32_SCHEMA, Schema.INT32_SCHEMA).build())
            .build();
    assertThatThrownBy(() -> writer.write(new Struct(bad).put("m", Map.of(1, 2))))
        .isInstanceOf(IllegalArgumentException.class);
    Schema good = SchemaBuilder.struct().field("id", Schema.INT64_SCHEMA).build();
    assertThat(new String(writer.write(new Struct(good).put("id", 2L)), UTF_8))
        .isEqualTo("{\"id\":2}");
  }
}
