package dev.walcdc.clickhouse;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.CharacterCodingException;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/**
 * Writes one column's values, none of them NULL, in RowBinary. Stateless. A value that the column
 * cannot hold exactly is an {@link UnfitValueException}, never another value.
 */
@FunctionalInterface
interface ValueEncoder {

  /** What ClickHouse's Date32 and DateTime64(6) hold; it would clamp silently what is outside. */
  LocalDate FIRST_DATE = LocalDate.of(1900, 1, 1);

  LocalDate LAST_DATE = LocalDate.of(2299, 12, 31);

  /** Writes one value, which has the Java form of the column's carrier. */
  void encode(Object value, RowBinaryOutput out) throws IOException;

  /** The encoder for a type, whether nullable or not. */
  static ValueEncoder of(ClickHouseType type) {
    return switch (type.kind()) {
      case BOOL -> (value, out) -> out.writeByte((Boolean) value ? 1 : 0);
      case INT16 -> ValueEncoder::encodeInt16;
      case INT32 -> (value, out) -> out.writeInt((Integer) value);
      case INT64 -> (value, out) -> out.writeLong(((Number) value).longValue());
      case FLOAT32 -> (value, out) -> out.writeInt(Float.floatToIntBits((Float) value));
      case FLOAT64 ->
          (value, out) -> out.writeLong(Double.doubleToLongBits(((Number) value).doubleValue()));
      case DECIMAL -> decimal(type);
      case DATE -> date();
      case TIMESTAMP -> timestamp();
      case UUID -> ValueEncoder::encodeUuid;
      case STRING -> ValueEncoder::encodeString;
    };
  }

  private static void encodeInt16(Object value, RowBinaryOutput out) throws IOException {
    int number = (Integer) value;
    if (number != (short) number) {
      throw new UnfitValueException("a number beyond 16 bits, and Int16 has no more");
    }
    out.writeShort(number);
  }

  /** ClickHouse holds a UUID as two numbers, the one with the leading digits first. */
  private static void encodeUuid(Object value, RowBinaryOutput out) throws IOException {
    UUID uuid = (UUID) value;
    out.writeLong(uuid.getMostSignificantBits());
    out.writeLong(uuid.getLeastSignificantBits());
  }

  private static void encodeString(Object value, RowBinaryOutput out) throws IOException {
    if (value instanceof byte[] bytes) {
      out.writeString(bytes);
      return;
    }
    try {
      out.writeString((String) value);
    } catch (CharacterCodingException e) {
      throw new UnfitValueException(
          "a text with half of a surrogate pair, which UTF-8 cannot hold");
    }
  }

  private static ValueEncoder date() {
    long first = FIRST_DATE.toEpochDay();
    long last = LAST_DATE.toEpochDay();
    return (value, out) -> {
      int days = (Integer) value;
      if (days < first || days > last) {
        throw new UnfitValueException(
            "a date outside of %s to %s, which is all that Date32 holds"
                .formatted(FIRST_DATE, LAST_DATE));
      }
      out.writeInt(days);
    };
  }

  private static ValueEncoder timestamp() {
    long microsADay = ChronoUnit.DAYS.getDuration().toNanos() / 1_000;
    long first = FIRST_DATE.toEpochDay() * microsADay;
    long end = (LAST_DATE.toEpochDay() + 1) * microsADay;
    return (value, out) -> {
      long micros = (Long) value;
      if (micros < first || micros >= end) {
        throw new UnfitValueException(
            "a timestamp outside of %s to %s, which is all that DateTime64(6) holds"
                .formatted(FIRST_DATE, LAST_DATE));
      }
      out.writeLong(micros);
    };
  }

  private static ValueEncoder decimal(ClickHouseType type) {
    int scale = type.scale();
    int width = type.width();
    if (width > Long.BYTES) {
      BigInteger limit = BigInteger.TEN.pow(type.precision());
      return (value, out) -> {
        BigInteger unscaled = unscaled(value, scale, type);
        if (unscaled.abs().compareTo(limit) >= 0) {
          throw unfit(type);
        }
        out.writeLong(unscaled.longValue());
        out.writeLong(unscaled.shiftRight(Long.SIZE).longValue());
      };
    }
    long limit = BigInteger.TEN.pow(type.precision()).longValueExact();
    return (value, out) -> {
      BigInteger unscaled = unscaled(value, scale, type);
      long number = unscaled.longValue();
      if (unscaled.bitLength() >= Long.SIZE || number >= limit || number <= -limit) {
        throw unfit(type);
      }
      if (width == Integer.BYTES) {
        out.writeInt((int) number);
      } else {
        out.writeLong(number);
      }
    };
  }

  private static BigInteger unscaled(Object value, int scale, ClickHouseType type) {
    BigDecimal decimal = (BigDecimal) value;
    if (decimal.scale() == scale) {
      return decimal.unscaledValue();
    }
    try {
      return decimal.setScale(scale, RoundingMode.UNNECESSARY).unscaledValue();
    } catch (ArithmeticException e) {
      throw unfit(type);
    }
  }

  private static UnfitValueException unfit(ClickHouseType type) {
    return new UnfitValueException(
        "a number with more digits than %s holds"
            .formatted(
                new ClickHouseType(type.kind(), type.precision(), type.scale(), false).sql()));
  }
}
