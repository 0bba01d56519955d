package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What Java makes of the lake's values; the SQL of the other two is tried on real servers. */
class ComparedColumnTest {

  private static ComparedColumn column(PostgresType type) {
    return new ComparedColumn(new Column("c", type, true, 1), type.name());
  }

  private static String text(String type, Object value) {
    return column(PostgresType.of(type)).icebergText(value);
  }

  @Test
  void valuesOfTheLake() {
    assertThat(text("bool", true)).isEqualTo("true");
    assertThat(text("int2", -7)).isEqualTo("-7");
    assertThat(text("int8", Long.MIN_VALUE)).isEqualTo("-9223372036854775808");
    assertThat(text("float4", 1.5f)).isEqualTo("1069547520");
    assertThat(text("float4", Float.NaN)).isEqualTo("2143289344");
    assertThat(text("float8", -0.0)).isEqualTo("-9223372036854775808");
    assertThat(text("float8", 0.0)).isEqualTo("0");
    assertThat(text("float8", Double.NaN)).isEqualTo("9221120237041090560");
    assertThat(text("date", LocalDate.of(1969, 12, 31))).isEqualTo("-1");
    assertThat(text("timestamp", LocalDateTime.parse("1969-12-31T23:59:59.999999")))
        .isEqualTo("-1");
    assertThat(text("timestamptz", OffsetDateTime.parse("1970-01-01T01:00:00.000001+01:00")))
        .isEqualTo("1");
    assertThat(text("uuid", new UUID(0, 10))).isEqualTo("00000000-0000-0000-0000-00000000000a");
    assertThat(text("bytea", ByteBuffer.wrap(new byte[] {0, -1}))).isEqualTo("00ff");
    assertThat(text("text", "A é ")).isEqualTo("A é ");
    assertThat(text("numeric", "1.50")).isEqualTo("1.50");
    assertThat(text("text", "NAN")).isEqualTo("NAN");
    assertThat(column(new PostgresType("numeric", 38, 9)).icebergText(new BigDecimal("1E-9")))
        .isEqualTo("0.000000001");
    assertThat(text("text", null)).isNull();
  }

  @Test
  void aWiderColumnHoldsTheSame() {
    assertThat(text("int4", 5L)).isEqualTo(text("int4", 5));
    assertThat(text("float4", 1.1f)).isEqualTo(text("float4", (double) 1.1f));
    assertThat(text("float4", Float.NaN)).isEqualTo(text("float4", Double.NaN));
    assertThat(text("float4", 1.1f)).isNotEqualTo(text("float4", 1.1d));
  }

  @Test
  void aColumnOfTextHoldsTheSame() {
    assertThat(text("date", "1970-01-02")).isEqualTo("1");
    assertThat(text("date", "0001-01-01 BC")).isEqualTo("" + LocalDate.of(0, 1, 1).toEpochDay());
    assertThat(text("timestamp", "1970-01-01 00:00:00.00001")).isEqualTo("10");
    assertThat(text("timestamptz", "1969-12-31 23:59:59+00")).isEqualTo("-1000000");
    assertThat(text("timestamptz", "infinity")).isEqualTo("infinity");
    assertThat(text("date", "no date")).isEqualTo("no date");
    assertThat(column(new PostgresType("numeric", 9, 2)).icebergText("NaN")).isEqualTo("NaN");
  }

  @Test
  void aColumnOfAnotherTypeIsNoted() {
    assertThatThrownBy(() -> text("date", 1L)).isInstanceOf(ClassCastException.class);
    assertThatThrownBy(() -> text("int4", 1.5d)).isInstanceOf(ClassCastException.class);
  }
}
