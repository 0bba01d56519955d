package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class HashTableTest {

  /** Many with the same upper half, which fall on the same slot, and the ends of the range. */
  @Provide
  Arbitrary<List<Long>> keys() {
    Arbitrary<Long> crowded = Arbitraries.longs().between(1, 40);
    Arbitrary<Long> last = Arbitraries.longs().between(-40, -1);
    return Arbitraries.oneOf(Arbitraries.longs().filter(key -> key != 0), crowded, last)
        .list()
        .ofMaxSize(500);
  }

  @Property
  void countsAsAMapDoes(@ForAll("keys") List<Long> keys) {
    HashTable table = new HashTable(0);
    Map<Long, Long> map = new HashMap<>();
    for (long key : keys) {
      table.add(key, 1);
      map.merge(key, 1L, Long::sum);
    }
    assertSame(table, map);
  }

  @Property
  void theFirstValueOfAKeyStays(@ForAll("keys") List<Long> keys) {
    HashTable table = new HashTable(10);
    Map<Long, Long> map = new HashMap<>();
    long value = 0;
    for (long key : keys) {
      value++;
      assertThat(table.putIfAbsent(key, value)).isEqualTo(map.putIfAbsent(key, value) == null);
    }
    assertSame(table, map);
  }

  private static void assertSame(HashTable table, Map<Long, Long> map) {
    assertThat(table.size()).isEqualTo(map.size());
    Set<Integer> slots = new HashSet<>();
    map.forEach(
        (key, value) -> {
          int slot = table.find(key);
          assertThat(slots.add(slot)).isTrue();
          assertThat(table.keyAt(slot)).isEqualTo(key);
          assertThat(table.valueAt(slot)).isEqualTo(value);
          assertThat(table.get(key)).isEqualTo(value);
        });
    assertThat(IntStream.range(0, table.slots()).filter(slot -> table.keyAt(slot) != 0))
        .hasSize(map.size());
    long absent = 0x123456789ABCDEFL;
    if (!map.containsKey(absent)) {
      assertThat(table.find(absent)).isEqualTo(HashTable.NONE);
      assertThat(table.get(absent)).isZero();
    }
  }

  @Test
  void takesNoMoreMemoryThanItSays() {
    assertThat(new HashTable(1_000_000).slots() * 2L * Long.BYTES).isLessThan(23_000_000);
  }
}
