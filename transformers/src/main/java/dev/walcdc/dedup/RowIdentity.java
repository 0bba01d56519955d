package dev.walcdc.dedup;

import dev.walcdc.schema.TableSchema;
import java.nio.ByteBuffer;
import java.util.List;

/** Makes of a row's key something that can be compared and hashed. */
final class RowIdentity {

  private final int[] key;

  private RowIdentity(int[] key) {
    this.key = key;
  }

  static RowIdentity of(TableSchema schema) {
    return new RowIdentity(schema.keyIndexes());
  }

  /** The key of one row. A single column stands for itself, which saves a list for most tables. */
  Object of(Object[] row) {
    if (key.length == 1) {
      return comparable(row[key[0]]);
    }
    Object[] values = new Object[key.length];
    for (int i = 0; i < key.length; i++) {
      values[i] = comparable(row[key[i]]);
    }
    return List.of(values);
  }

  private static Object comparable(Object value) {
    return value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value;
  }
}
