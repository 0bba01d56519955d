package dev.walcdc.capture.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class OrdinalsTest {

  private static List<Long> of(SourceRecord... records) {
    Ordinals ordinals = new Ordinals();
    List<Long> numbers = new ArrayList<>();
    for (SourceRecord record : records) {
      numbers.add(ordinals.next(SourceRow.of(record)));
    }
    return numbers;
  }

  @Test
  void rowsOfOneLsnAreNumbered() {
    assertThat(
            of(
                Records.insert(7, 10, 1),
                Records.insert(7, 10, 2),
                Records.insert(7, 10, 3),
                Records.insert(7, 11, 4),
                Records.insert(7, 11, 5)))
        .containsExactly(0L, 1L, 2L, 0L, 1L);
  }

  @Test
  void anotherTransactionBeginsAnew() {
    assertThat(of(Records.insert(7, 10, 1), Records.insert(8, 10, 2))).containsExactly(0L, 0L);
  }

  @Test
  void aSnapshotCountsByTable() {
    assertThat(
            of(
                Records.read("t", 1, "first"),
                Records.read("t", 2, "true"),
                Records.read("u", 1, "true"),
                Records.read("t", 3, "last"),
                Records.insert(7, 100, 4)))
        .containsExactly(0L, 1L, 0L, 2L, 0L);
  }

  /** However rows share LSNs, LSN and ordinal name a row, and a second reading names it alike. */
  @Property(seed = "20261101")
  void lsnAndOrdinalIdentifyARow(@ForAll @Size(max = 60) List<@IntRange(max = 1) Integer> steps) {
    Ordinals first = new Ordinals();
    Ordinals second = new Ordinals();
    Set<String> seen = new HashSet<>();
    long lsn = 1;
    for (int step : steps) {
      lsn += step;
      SourceRow row = SourceRow.of(Records.insert(7, lsn, 1));
      long ordinal = first.next(row);
      assertThat(seen.add(lsn + "/" + ordinal)).isTrue();
      assertThat(second.next(row)).isEqualTo(ordinal);
    }
  }
}
