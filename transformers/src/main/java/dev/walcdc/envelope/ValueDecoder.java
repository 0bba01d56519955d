package dev.walcdc.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.walcdc.change.SpecialValue;
import dev.walcdc.change.Unchanged;
import dev.walcdc.schema.Column;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * Turns the JSON form that Debezium gives a value (with exact decimals, microsecond times and
 * string intervals) into the Java form of the column's carrier. Stateless and safe to share.
 */
@FunctionalInterface
interface ValueDecoder {

  /**
   * Debezium's mark for a value that it was not sent, as text. Its other forms derive from it.
   *
   * @see <a href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html">
   *     Debezium PostgreSQL connector, unavailable.value.placeholder</a>
   */
  String UNAVAILABLE = "__debezium_unavailable_value";

  String UNAVAILABLE_BASE64 =
      Base64.getEncoder().encodeToString(UNAVAILABLE.getBytes(StandardCharsets.UTF_8));

  /** Its forms in arrays (of text, bytea, uuid, and integers: one a byte) and in hstore. */
  Set<String> UNAVAILABLE_STRUCTURES =
      Set.of(
          "[\"%s\"]".formatted(UNAVAILABLE),
          "[\"%s\"]".formatted(UNAVAILABLE_BASE64),
          "[\"%s\"]"
              .formatted(UUID.nameUUIDFromBytes(UNAVAILABLE.getBytes(StandardCharsets.UTF_8))),
          Arrays.toString(UNAVAILABLE.getBytes(StandardCharsets.UTF_8)).replace(" ", ""),
          "{\"%1$s\":\"%1$s\"}".formatted(UNAVAILABLE));

  /**
   * Reads the value at the parser's present token and leaves the parser at its last token.
   *
   * @return the value, maybe a {@link SpecialValue}; null for JSON null; {@link Unchanged#TOAST}
   *     for Debezium's mark
   * @throws IOException if the JSON is broken
   * @throws RuntimeException if the value is not one of the column's type
   */
  Object decode(JsonParser json) throws IOException;

  /** The decoder for one column. */
  static ValueDecoder of(Column column) {
    ValueDecoder typed =
        switch (column.carrier()) {
          case BOOLEAN -> JsonParser::getBooleanValue;
          case INT16 -> json -> (int) exact(json, Short.MIN_VALUE, Short.MAX_VALUE);
          case INT32 -> json -> (int) exact(json, Integer.MIN_VALUE, Integer.MAX_VALUE);
          case INT64 -> json -> exact(json, Long.MIN_VALUE, Long.MAX_VALUE);
          case DATE -> json -> TimeForms.date(exact(json, Integer.MIN_VALUE, Integer.MAX_VALUE));
          case TIMESTAMP ->
              json -> TimeForms.timestamp(exact(json, Long.MIN_VALUE, Long.MAX_VALUE));
          case FLOAT32 ->
              json ->
                  isText(json)
                      ? Float.valueOf(json.getText())
                      : Float.valueOf(json.getFloatValue());
          case FLOAT64 ->
              json ->
                  isText(json)
                      ? Double.valueOf(json.getText())
                      : Double.valueOf(json.getDoubleValue());
          case DECIMAL -> {
            int scale = column.type().scale();
            yield json -> orUnchanged(json, text -> decimal(text, scale));
          }
          case TIMESTAMPTZ -> json -> TimeForms.timestamptz(json.getText());
          case UUID -> json -> UUID.fromString(json.getText());
          case BYTES -> ValueDecoder::bytes;
          case TEXT ->
              switch (column.type().name()) {
                case "time" -> ValueDecoder::timeOfDay;
                case "numeric" -> json -> orUnchanged(json, ValueDecoder::numeric);
                default -> ValueDecoder::text;
              };
        };
    return json -> json.currentToken() == JsonToken.VALUE_NULL ? null : typed.decode(json);
  }

  /** A whole number within these bounds; Jackson itself would cut a fraction off. */
  private static long exact(JsonParser json, long min, long max) throws IOException {
    long value = json.getLongValue();
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT || value < min || value > max) {
      throw new IllegalArgumentException(json.getText() + " is not within its range");
    }
    return value;
  }

  private static boolean isText(JsonParser json) {
    return json.currentToken() == JsonToken.VALUE_STRING;
  }

  private static Object orUnchanged(JsonParser json, Function<String, Object> parse)
      throws IOException {
    String text = json.getText();
    return text.equals(UNAVAILABLE) ? Unchanged.TOAST : parse.apply(text);
  }

  private static Object bytes(JsonParser json) throws IOException {
    String text = json.getText();
    return text.equals(UNAVAILABLE_BASE64) || text.equals(UNAVAILABLE)
        ? Unchanged.TOAST
        : Base64.getDecoder().decode(text);
  }

  private static Object text(JsonParser json) throws IOException {
    if (json.currentToken().isStructStart()) {
      String structure = structure(json);
      return UNAVAILABLE_STRUCTURES.contains(structure) ? Unchanged.TOAST : structure;
    }
    return orUnchanged(json, text -> text);
  }

  /** Debezium spells what is no number in its own way; everything else is PostgreSQL's text. */
  private static String numeric(String text) {
    return switch (text) {
      case "NAN" -> "NaN";
      case "POSITIVE_INFINITY" -> "Infinity";
      case "NEGATIVE_INFINITY" -> "-Infinity";
      default -> text;
    };
  }

  /** Arrays, maps and geometries: their JSON without white space. */
  private static String structure(JsonParser json) throws IOException {
    StringWriter out = new StringWriter();
    try (JsonGenerator generator = JsonFactory.builder().build().createGenerator(out)) {
      generator.copyCurrentStructureExact(json);
    }
    return out.toString();
  }

  private static Object decimal(String text, int scale) {
    return text.equalsIgnoreCase("NaN")
        ? SpecialValue.NAN
        : new BigDecimal(text).setScale(scale, RoundingMode.UNNECESSARY);
  }

  /** Text from our capture, microseconds from Debezium by itself. */
  private static Object timeOfDay(JsonParser json) throws IOException {
    return isText(json)
        ? orUnchanged(json, text -> text)
        : TimeForms.timeOfDay(exact(json, 0, TimeForms.MICROS_A_DAY));
  }
}
