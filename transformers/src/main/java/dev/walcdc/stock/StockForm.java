package dev.walcdc.stock;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.walcdc.schema.PostgresType;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;

/** The forms that Connect's JSON converter gives to values, and what capture writes for each. */
enum StockForm {
  /** The same. */
  COPY {
    @Override
    void turn(JsonParser json, JsonGenerator out, int scale) throws IOException {
      out.copyCurrentStructureExact(json);
    }
  },
  /** The text of whatever the value is: of a number and a boolean the characters that say it. */
  TEXT {
    @Override
    void turn(JsonParser json, JsonGenerator out, int scale) throws IOException {
      if (json.currentToken().isStructStart()) {
        out.copyCurrentStructureExact(json); // Text columns take a structure for its JSON.
      } else {
        out.writeString(json.getText());
      }
    }
  },
  /** Milliseconds as microseconds. */
  MILLIS {
    @Override
    void turn(JsonParser json, JsonGenerator out, int scale) throws IOException {
      out.writeNumber(Math.multiplyExact(json.getLongValue(), THOUSAND));
    }
  },
  /** Nanoseconds as microseconds; PostgreSQL has no more. */
  NANOS {
    @Override
    void turn(JsonParser json, JsonGenerator out, int scale) throws IOException {
      long nanos = json.getLongValue();
      if (nanos % THOUSAND != 0) {
        throw new ArithmeticException(nanos + " nanoseconds are no whole microseconds");
      }
      out.writeNumber(nanos / THOUSAND);
    }
  },
  /** Connect's Decimal: base64 of an unscaled number, the scale in the schema. */
  DECIMAL {
    @Override
    void turn(JsonParser json, JsonGenerator out, int scale) throws IOException {
      out.writeString(decimal(json.getText(), scale));
    }
  },
  /** Debezium's struct of a scale and such a number. */
  VARIABLE_DECIMAL {
    @Override
    void turn(JsonParser json, JsonGenerator out, int scale) throws IOException {
      int own = 0;
      String unscaled = null;
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        json.nextToken();
        if (name.equals("scale")) {
          own = json.getIntValue();
        } else {
          unscaled = json.getText();
        }
      }
      out.writeString(decimal(unscaled, own));
    }
  };

  private static final long THOUSAND = 1_000;

  /**
   * Writes the value at the parser's present token, which is not null.
   *
   * @param scale of a decimal
   * @throws ArithmeticException if the target has no such value
   */
  abstract void turn(JsonParser json, JsonGenerator out, int scale) throws IOException;

  private static String decimal(String base64, int scale) {
    return new BigDecimal(new BigInteger(Base64.getDecoder().decode(base64)), scale)
        .toPlainString();
  }

  /** The form of a field's values. */
  static StockForm of(JsonNode field) {
    return switch (field.path("name").asText("")) {
      case "io.debezium.time.Timestamp",
          "org.apache.kafka.connect.data.Timestamp",
          "io.debezium.time.Time",
          "org.apache.kafka.connect.data.Time" ->
          MILLIS;
      case "io.debezium.time.NanoTimestamp", "io.debezium.time.NanoTime" -> NANOS;
      case "org.apache.kafka.connect.data.Decimal" -> DECIMAL;
      case "io.debezium.data.VariableScaleDecimal" -> VARIABLE_DECIMAL;
      default -> COPY;
    };
  }

  /** The type whose values have this form. */
  PostgresType type(JsonNode field) {
    String named =
        switch (field.path("name").asText("")) {
          case "io.debezium.time.Date", "org.apache.kafka.connect.data.Date" -> "date";
          case "io.debezium.time.Timestamp",
              "io.debezium.time.MicroTimestamp",
              "io.debezium.time.NanoTimestamp",
              "org.apache.kafka.connect.data.Timestamp" ->
              "timestamp";
          case "io.debezium.time.ZonedTimestamp" -> "timestamptz";
          case "io.debezium.time.Time",
              "io.debezium.time.MicroTime",
              "io.debezium.time.NanoTime",
              "org.apache.kafka.connect.data.Time" ->
              "time";
          case "io.debezium.data.Uuid" -> "uuid";
          case "io.debezium.data.Json" -> "jsonb";
          case "org.apache.kafka.connect.data.Decimal" -> "numeric";
          case "io.debezium.data.VariableScaleDecimal" -> "numeric";
          default ->
              switch (field.path("type").asText("")) {
                case "boolean" -> "bool";
                case "int8", "int16" -> "int2";
                case "int32" -> "int4";
                case "int64" -> "int8";
                case "float" -> "float4";
                case "double" -> "float8";
                case "bytes" -> "bytea";
                default -> "text"; // Strings, and arrays, maps and structs as their JSON.
              };
        };
    if (this != DECIMAL) {
      return PostgresType.of(named);
    }
    int precision =
        field.path("parameters").path("connect.decimal.precision").asInt(PostgresType.UNDECLARED);
    return precision == PostgresType.UNDECLARED
        ? PostgresType.of(named)
        : new PostgresType(named, precision, scale(field));
  }

  /** Scale of a Decimal's field. */
  static int scale(JsonNode field) {
    return field.path("parameters").path("scale").asInt(0);
  }

  /** Whether the parser stands at a value and not at null. */
  static boolean isValue(JsonParser json) {
    return json.currentToken() != JsonToken.VALUE_NULL;
  }
}
