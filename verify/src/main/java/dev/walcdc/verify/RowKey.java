package dev.walcdc.verify;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The key of one row, in canonical form. */
final class RowKey {

  private final byte[] bytes;
  private final int hashCode;

  /**
   * @param bytes the values as {@link CanonicalRow} lays them out
   */
  RowKey(byte[] bytes) {
    this.bytes = bytes;
    this.hashCode = Arrays.hashCode(bytes);
  }

  /** The canonical text of each of its values, none of which is NULL in a key of PostgreSQL. */
  String[] values(int columns) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    String[] values = new String[columns];
    for (int i = 0; i < columns; i++) {
      int length = in.getInt();
      if (length >= 0) {
        values[i] = new String(bytes, in.position(), length, StandardCharsets.UTF_8);
        in.position(in.position() + length);
      }
    }
    return values;
  }

  /** The same as {@link CanonicalRow#keyHash} of the row that it is from. */
  long hash() {
    return CanonicalRow.hash(bytes, 0, bytes.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return hashCode;
  }
}
