package dev.walcdc.capture.debezium;

import io.debezium.connector.postgresql.PostgresType;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import java.sql.Types;

/**
 * The types as Debezium's decoder of pgoutput sees them: it knows none of them when it comes to a
 * value, and a value of a type that it does not know it leaves as it is. By their numbers, which it
 * describes tables with, it finds them as ever.
 */
final class TextTypes extends TypeRegistry {

  /** The number of PostgreSQL's own pseudo-type for text whose type is not known. */
  private static final int UNKNOWN_OID = 705;

  private final PostgresType text =
      new PostgresType.Builder(
              this, "walcdc_text", UNKNOWN_OID, Types.OTHER, NO_TYPE_MODIFIER, null)
          .build();

  TextTypes(PostgresConnection connection) {
    super(connection);
  }

  /** Asked for the type of each value in the stream. */
  @Override
  public PostgresType get(String schema, String type) {
    return text;
  }
}
