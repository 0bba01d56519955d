package dev.walcdc.capture.debezium;

import dev.walcdc.capture.CaptureException;
import io.debezium.connector.postgresql.UnchangedToastedReplicationMessageColumn;
import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import io.debezium.time.Date;
import io.debezium.time.MicroTimestamp;
import io.debezium.time.ZonedTimestamp;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Properties;
import java.util.function.Function;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * Makes the envelope's form of a value out of PostgreSQL's text for it: Debezium's own form where
 * that is a number, a flag, bytes or a time that can be calculated with; the text itself for every
 * other type. Made by Debezium, which asks it for every column.
 */
public final class TextConverter implements CustomConverter<SchemaBuilder, RelationalColumn> {

  private static final int BOOL = 16;
  private static final int BYTEA = 17;
  private static final int INT8 = 20;
  private static final int INT2 = 21;
  private static final int INT4 = 23;
  private static final int OID = 26;
  private static final int FLOAT4 = 700;
  private static final int FLOAT8 = 701;
  private static final int DATE = 1082;
  private static final int TIMESTAMP = 1114;
  private static final int TIMESTAMPTZ = 1184;

  /** {@code \x}, with which bytes begin. */
  private static final int HEX_PREFIX = 2;

  private String unchanged;

  @Override
  public void configure(Properties properties) {
    unchanged = properties.getProperty(DebeziumSettings.UNCHANGED);
  }

  @Override
  public void converterFor(
      RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
    // By the number of the type that a domain is made of, too; these are the same in every
    // database.
    switch (column.nativeType()) {
      case BOOL -> register(column, registration, SchemaBuilder.bool(), "t"::equals, null);
      case INT2 -> register(column, registration, SchemaBuilder.int16(), Short::valueOf, null);
      case INT4 -> register(column, registration, SchemaBuilder.int32(), Integer::valueOf, null);
      case INT8, OID -> register(column, registration, SchemaBuilder.int64(), Long::valueOf, null);
      case FLOAT4 -> register(column, registration, SchemaBuilder.float32(), Float::valueOf, null);
      case FLOAT8 -> register(column, registration, SchemaBuilder.float64(), Double::valueOf, null);
      case DATE -> register(column, registration, Date.builder(), PrintedTimes::days, null);
      case TIMESTAMP ->
          register(column, registration, MicroTimestamp.builder(), PrintedTimes::micros, null);
      case TIMESTAMPTZ ->
          register(column, registration, ZonedTimestamp.builder(), PrintedTimes::iso, null);
      case BYTEA ->
          register(
              column,
              registration,
              SchemaBuilder.bytes(),
              text -> HexFormat.of().parseHex(text, HEX_PREFIX, text.length()),
              unchanged.getBytes(StandardCharsets.UTF_8));
      default -> register(column, registration, SchemaBuilder.string(), text -> text, unchanged);
    }
  }

  /** Optional in any case: a value is never replaced by the column's default. */
  private static void register(
      RelationalColumn column,
      ConverterRegistration<SchemaBuilder> registration,
      SchemaBuilder schema,
      Function<String, Object> parse,
      Object unchanged) {
    registration.register(schema.optional(), new ColumnConverter(column, parse, unchanged));
  }

  /** Of one column. */
  private static final class ColumnConverter implements Converter {

    private final String name;
    private final String type;
    private final Function<String, Object> parse;
    private final Object unchanged;

    /** What Debezium asks for first, if there is one; it is not PostgreSQL's text. */
    private Object columnDefault;

    ColumnConverter(RelationalColumn column, Function<String, Object> parse, Object unchanged) {
      this.name = column.dataCollection() + "." + column.name();
      this.type = column.typeName();
      this.parse = parse;
      this.unchanged = unchanged;
      this.columnDefault = column.hasDefaultValue() ? column.defaultValue() : null;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // A value that equals the default is a value.
    public Object convert(Object value) {
      if (value == null) {
        return null;
      }
      if (value == columnDefault) {
        columnDefault = null;
        return null;
      }
      if (value instanceof String text) {
        return parse(text);
      }
      if (unchanged != null
          && UnchangedToastedReplicationMessageColumn.isUnchangedToastedValue(value)) {
        return unchanged;
      }
      throw failed("came as a " + value.getClass().getName() + " in place of text", null);
    }

    private Object parse(String text) {
      try {
        return parse.apply(text);
      } catch (RuntimeException e) {
        throw failed("is not printed as expected: " + e.getMessage(), e);
      }
    }

    /** Debezium shows the cause, and not the exception itself. */
    private CaptureException failed(String reason, RuntimeException cause) {
      String message = "A value of column %s of type %s %s".formatted(name, type, reason);
      return new CaptureException(message, new IllegalStateException(message, cause));
    }
  }
}
