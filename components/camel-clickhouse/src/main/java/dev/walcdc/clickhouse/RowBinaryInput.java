package dev.walcdc.clickhouse;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/**
 * Reads rows in RowBinary: the inverse of {@link ValueEncoder}, for the few things that the sink
 * asks of ClickHouse. Strings come as {@code byte[]}, since they may hold any bytes. For one
 * thread.
 */
final class RowBinaryInput {

  private static final int LEB128_BITS = 7;
  private static final int LEB128_MORE = 0x80;

  private final DataInputStream in;
  private final List<ClickHouseType> types;

  RowBinaryInput(InputStream in, List<ClickHouseType> types) {
    this.in = new DataInputStream(new BufferedInputStream(in));
    this.types = types;
  }

  /** The next row in the Java forms of its carriers; null at the end. */
  Object[] next() throws IOException {
    in.mark(1);
    if (in.read() < 0) {
      return null;
    }
    in.reset();
    Object[] row = new Object[types.size()];
    for (int i = 0; i < row.length; i++) {
      ClickHouseType type = types.get(i);
      row[i] = type.nullable() && in.readByte() != 0 ? null : read(type);
    }
    return row;
  }

  /** A text that came as its bytes. */
  static String text(Object value) {
    return new String((byte[]) value, StandardCharsets.UTF_8);
  }

  private Object read(ClickHouseType type) throws IOException {
    return switch (type.kind()) {
      case BOOL -> in.readByte() != 0;
      case INT16 -> (int) Short.reverseBytes(in.readShort());
      case INT32, DATE -> readInt();
      case INT64, TIMESTAMP -> readLong();
      case FLOAT32 -> Float.intBitsToFloat(readInt());
      case FLOAT64 -> Double.longBitsToDouble(readLong());
      case DECIMAL -> new BigDecimal(readUnscaled(type), type.scale());
      case UUID -> new UUID(readLong(), readLong());
      case STRING -> readString();
    };
  }

  private int readInt() throws IOException {
    return Integer.reverseBytes(in.readInt());
  }

  private long readLong() throws IOException {
    return Long.reverseBytes(in.readLong());
  }

  private BigInteger readUnscaled(ClickHouseType type) throws IOException {
    byte[] bytes = in.readNBytes(type.width());
    byte[] bigEndian = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      bigEndian[i] = bytes[bytes.length - 1 - i];
    }
    return new BigInteger(bigEndian);
  }

  private byte[] readString() throws IOException {
    int length = 0;
    int shift = 0;
    int part;
    do {
      part = in.readUnsignedByte();
      length |= (part & ~LEB128_MORE) << shift;
      shift += LEB128_BITS;
    } while (part >= LEB128_MORE);
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
