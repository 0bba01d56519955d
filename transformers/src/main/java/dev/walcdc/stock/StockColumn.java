package dev.walcdc.stock;

import com.fasterxml.jackson.databind.JsonNode;
import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;

/**
 * A column as a record of stock Debezium describes it.
 *
 * @param column as capture would describe it
 * @param form how its values are turned
 */
record StockColumn(Column column, StockForm form) {

  /** Parameters that Debezium adds where {@code column.propagate.source.type} says so. */
  private static final String SOURCE_TYPE = "__debezium.source.column.type";

  private static final String SOURCE_LENGTH = "__debezium.source.column.length";
  private static final String SOURCE_SCALE = "__debezium.source.column.scale";

  private static final int UNKNOWN_ATTNUM = 0;

  /** A column of JSON without a schema: the text of whatever the value is. */
  static StockColumn untyped(String name, boolean inKey) {
    return new StockColumn(
        new Column(name, PostgresType.of("text"), !inKey, UNKNOWN_ATTNUM), StockForm.TEXT);
  }

  /**
   * A column that Connect's JSON schema describes.
   *
   * @param field an element of a struct's {@code fields}
   * @see <a href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html">
   *     Debezium PostgreSQL connector, data type mappings</a>
   */
  static StockColumn of(JsonNode field) {
    String name = field.path("field").asText();
    StockForm form = StockForm.of(field);
    PostgresType type = type(field, form);
    return new StockColumn(
        new Column(name, type, field.path("optional").asBoolean(), UNKNOWN_ATTNUM), form);
  }

  /** What PostgreSQL calls it where Debezium says so and the value's form carries all of it. */
  private static PostgresType type(JsonNode field, StockForm form) {
    PostgresType wire = form.type(field);
    JsonNode parameters = field.path("parameters");
    if (!parameters.has(SOURCE_TYPE)) {
      return wire;
    }
    PostgresType source =
        new PostgresType(
            parameters.path(SOURCE_TYPE).asText(),
            parameters.path(SOURCE_LENGTH).asInt(PostgresType.UNDECLARED),
            parameters.path(SOURCE_SCALE).asInt(PostgresType.UNDECLARED));
    boolean exactText = form == StockForm.COPY && wire.carrier() == Carrier.TEXT;
    boolean decimalText = exactText && source.carrier() == Carrier.DECIMAL;
    return source.carrier() == wire.carrier() || decimalText ? source : wire;
  }
}
