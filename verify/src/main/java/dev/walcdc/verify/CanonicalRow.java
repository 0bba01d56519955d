package dev.walcdc.verify;

import java.io.DataInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;

/**
 * Canonical values of one row, the key's first. It is filled again for every row, so that a pass
 * over a table makes no garbage. Each value is preceded by its length, or by -1 for NULL, which
 * thus differs from the empty text, as ("ab", "c") does from ("a", "bc").
 */
final class CanonicalRow {

  private static final XXHash64 HASH = XXHashFactory.fastestJavaInstance().hash64();
  private static final int NULL = -1;
  private static final int INITIAL_BYTES = 512;

  private byte[] bytes = new byte[INITIAL_BYTES];
  private final int[] ends;
  private int values;

  CanonicalRow(int columns) {
    ends = new int[columns];
  }

  void clear() {
    values = 0;
  }

  int columns() {
    return ends.length;
  }

  void addNull() {
    int at = grow(0);
    putLength(at, NULL);
    ends[values++] = at + Integer.BYTES;
  }

  void add(String text) {
    if (text == null) {
      addNull();
    } else {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      add(ByteBuffer.wrap(utf8), utf8.length);
    }
  }

  /** Adds a value of the next so many bytes. */
  void add(ByteBuffer in, int length) {
    int at = reserve(length);
    in.get(bytes, at, length);
  }

  /** Adds a value of the next so many bytes. */
  void add(DataInput in, int length) throws IOException {
    int at = reserve(length);
    in.readFully(bytes, at, length);
  }

  private int reserve(int length) {
    int at = grow(length);
    putLength(at, length);
    ends[values++] = at + Integer.BYTES + length;
    return at + Integer.BYTES;
  }

  private int grow(int length) {
    int at = start(values);
    int needed = Math.addExact(at, Math.addExact(Integer.BYTES, length));
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, needed * 2L));
    }
    return at;
  }

  private void putLength(int at, int length) {
    bytes[at] = (byte) (length >>> 24);
    bytes[at + 1] = (byte) (length >>> 16);
    bytes[at + 2] = (byte) (length >>> 8);
    bytes[at + 3] = (byte) length;
  }

  /** Hash of all values. Never 0, which stands for "no row". */
  long hash() {
    return hash(bytes, 0, start(values));
  }

  /** Hash of the first so many values. Never 0. */
  long keyHash(int keyColumns) {
    return hash(bytes, 0, ends[keyColumns - 1]);
  }

  /** Hash of the values from one on up to another. Never 0. */
  long hash(int from, int to) {
    return hash(bytes, start(from), start(to) - start(from));
  }

  /** A hash for each value. */
  long[] columnHashes() {
    return columnHashes(values);
  }

  /** A hash for each of the first so many values, none of them 0. */
  long[] columnHashes(int columns) {
    long[] hashes = new long[columns];
    for (int i = 0; i < columns; i++) {
      hashes[i] = hash(i, i + 1);
    }
    return hashes;
  }

  /** What {@link #fold(long[])} makes of the {@link #columnHashes(int)}, without making them. */
  long fold(int columns) {
    long folded = 0;
    for (int i = 0; i < columns; i++) {
      folded = fold(folded, hash(i, i + 1));
    }
    return folded == 0 ? 1 : folded;
  }

  /**
   * One hash of a row of which only the hashes of its values are known. Never 0.
   *
   * @param columnHashes as {@link #columnHashes(int)} makes them
   */
  static long fold(long[] columnHashes) {
    long folded = 0;
    for (long hash : columnHashes) {
      folded = fold(folded, hash);
    }
    return folded == 0 ? 1 : folded;
  }

  /** A step of MurmurHash3's finalizer for each value, so that their order counts. */
  private static long fold(long folded, long next) {
    long mixed = (folded ^ next) * 0xFF51AFD7ED558CCDL;
    return (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
  }

  /** A copy of the first so many values. */
  RowKey key(int keyColumns) {
    return key(0, keyColumns);
  }

  /** A copy of the values from one on up to another. */
  RowKey key(int from, int to) {
    return new RowKey(Arrays.copyOfRange(bytes, start(from), start(to)));
  }

  /** A value as text, cut off after so many bytes; null for NULL. */
  String text(int column, int longest) {
    int start = start(column);
    int length = ByteBuffer.wrap(bytes).getInt(start);
    if (length == NULL) {
      return null;
    }
    int from = start + Integer.BYTES;
    return length <= longest
        ? new String(bytes, from, length, StandardCharsets.UTF_8)
        : new String(bytes, from, longest, StandardCharsets.UTF_8)
            + "... (%d bytes)".formatted(length);
  }

  /** Where a column begins, hence also where the one before it ends. */
  private int start(int column) {
    return column == 0 ? 0 : ends[column - 1];
  }

  static long hash(byte[] bytes, int offset, int length) {
    long hash = HASH.hash(bytes, offset, length, 0);
    return hash == 0 ? 1 : hash;
  }
}
