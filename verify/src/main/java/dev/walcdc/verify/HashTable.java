package dev.walcdc.verify;

/**
 * From 64-bit hashes, none of them 0, to 64-bit values: two arrays and open addressing, 16 bytes a
 * slot, of which three in four are used at most. The keys are hashes already and are placed by
 * their upper half.
 */
final class HashTable {

  /** No slot. */
  static final int NONE = -1;

  private static final double FULL = 0.75;
  private static final double GROWTH = 1.6;
  private static final int LEAST = 64;

  /** About what an array can hold. */
  private static final int MOST = Integer.MAX_VALUE - 16;

  private long[] keys;
  private long[] values;
  private int size;
  private int limit;

  /**
   * @param expected how many entries to make room for; it grows beyond
   */
  HashTable(long expected) {
    allocate((long) (expected / FULL) + LEAST);
  }

  private void allocate(long slots) {
    if (slots > MOST && limit >= (int) (MOST * FULL)) {
      throw new VerifyException(
          "A table has more than %d rows, which is all that can be compared in memory: leave it out by the table filter"
              .formatted(limit));
    }
    int length = (int) Math.min(slots, MOST);
    keys = new long[length];
    values = new long[length];
    limit = (int) (length * FULL);
  }

  int size() {
    return size;
  }

  /** How many slots there are: each entry has one of its own until the next entry is added. */
  int slots() {
    return keys.length;
  }

  /** The slot of a key; {@link #NONE} if it is not in here. */
  int find(long key) {
    int slot = slotFor(key);
    return keys[slot] == key ? slot : NONE;
  }

  /** The key in a slot; 0 if it is free. */
  long keyAt(int slot) {
    return keys[slot];
  }

  long valueAt(int slot) {
    return values[slot];
  }

  /** The value of a key; 0 if it is not in here. */
  long get(long key) {
    int slot = slotFor(key);
    return keys[slot] == key ? values[slot] : 0;
  }

  /** Adds an entry unless the key is in here already, which stays as it is. */
  boolean putIfAbsent(long key, long value) {
    int slot = slotFor(key);
    if (keys[slot] == key) {
      return false;
    }
    insert(slot, key, value);
    return true;
  }

  /** Adds to a key's value, which is 0 at first. */
  void add(long key, long amount) {
    int slot = slotFor(key);
    if (keys[slot] == key) {
      values[slot] += amount;
    } else {
      insert(slot, key, amount);
    }
  }

  private void insert(int slot, long key, long value) {
    int free = slot;
    if (size >= limit) {
      grow();
      free = slotFor(key);
    }
    keys[free] = key;
    values[free] = value;
    size++;
  }

  private int slotFor(long key) {
    int slot = (int) (((key >>> Integer.SIZE) * keys.length) >>> Integer.SIZE);
    while (keys[slot] != 0 && keys[slot] != key) {
      slot++;
      if (slot == keys.length) {
        slot = 0;
      }
    }
    return slot;
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldValues = values;
    allocate((long) (oldKeys.length * GROWTH));
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int slot = slotFor(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }
}
