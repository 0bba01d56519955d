package dev.walcdc.clickhouse;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;

/**
 * Writes the primitives of ClickHouse's RowBinary format: numbers in little-endian order, lengths
 * in LEB128. Collects them in one buffer, so that a value costs no call of the stream. For one
 * thread.
 */
public final class RowBinaryOutput {

  private static final int CAPACITY = 1 << 16;
  private static final int LEB128_BITS = 7;
  private static final int LEB128_MORE = 0x80;
  private static final int LONGEST_LEB128 = 5;
  private static final int ASCII_LIMIT = 0x80;

  private static final VarHandle SHORTS = littleEndian(short[].class);
  private static final VarHandle INTS = littleEndian(int[].class);
  private static final VarHandle LONGS = littleEndian(long[].class);

  private final OutputStream out;
  private final byte[] buffer = new byte[CAPACITY];
  private final CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();
  private int position;
  private long flushed;

  /**
   * @param out not closed by this class
   */
  public RowBinaryOutput(OutputStream out) {
    this.out = out;
  }

  private static VarHandle littleEndian(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
  }

  /** Bytes written so far. */
  public long size() {
    return flushed + position;
  }

  /** Hands everything to the stream. Must be called once at the end. */
  public void flush() throws IOException {
    out.write(buffer, 0, position);
    flushed += position;
    position = 0;
  }

  void writeByte(int value) throws IOException {
    ensure(Byte.BYTES);
    buffer[position++] = (byte) value;
  }

  void writeShort(int value) throws IOException {
    ensure(Short.BYTES);
    SHORTS.set(buffer, position, (short) value);
    position += Short.BYTES;
  }

  /** Four bytes; a float by its bits. */
  public void writeInt(int value) throws IOException {
    ensure(Integer.BYTES);
    INTS.set(buffer, position, value);
    position += Integer.BYTES;
  }

  /** Eight bytes. */
  public void writeLong(long value) throws IOException {
    ensure(Long.BYTES);
    LONGS.set(buffer, position, value);
    position += Long.BYTES;
  }

  void writeZeros(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      writeByte(0);
    }
  }

  /** A String of ClickHouse that holds these bytes. */
  public void writeString(byte[] bytes) throws IOException {
    writeLength(bytes.length);
    writeAll(bytes);
  }

  /**
   * A String of ClickHouse that holds this text in UTF-8.
   *
   * @throws CharacterCodingException if the text has half of a surrogate pair
   */
  public void writeString(String text) throws IOException {
    int length = text.length();
    if (length + LONGEST_LEB128 > CAPACITY) {
      writeEncoded(text);
      return;
    }
    ensure(length + LONGEST_LEB128);
    int start = position;
    writeLength(length);
    int at = position;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= ASCII_LIMIT) {
        position = start; // The length is not the number of characters: begin again.
        writeEncoded(text);
        return;
      }
      buffer[at++] = (byte) c;
    }
    position = at;
  }

  private void writeEncoded(String text) throws IOException {
    ByteBuffer encoded = utf8.encode(CharBuffer.wrap(text));
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    writeString(bytes);
  }

  /** A number of bytes or of columns. */
  public void writeLength(int length) throws IOException {
    ensure(LONGEST_LEB128);
    int rest = length;
    while (rest >= LEB128_MORE) {
      buffer[position++] = (byte) (rest | LEB128_MORE);
      rest >>>= LEB128_BITS;
    }
    buffer[position++] = (byte) rest;
  }

  private void writeAll(byte[] bytes) throws IOException {
    if (bytes.length > CAPACITY) {
      flush();
      out.write(bytes, 0, bytes.length);
      flushed += bytes.length;
      return;
    }
    ensure(bytes.length);
    System.arraycopy(bytes, 0, buffer, position, bytes.length);
    position += bytes.length;
  }

  private void ensure(int bytes) throws IOException {
    if (CAPACITY - position < bytes) {
      flush();
    }
  }
}
