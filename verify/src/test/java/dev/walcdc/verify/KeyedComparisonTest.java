package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The merge of source and sink, on rows in memory. */
class KeyedComparisonTest {

  private static final TablePlan PLAN =
      new TablePlan(new TableName("app", "t"), "ONLY ", 0, 1, List.of(column("id"), column("v")));

  private static ComparedColumn column(String name) {
    return new ComparedColumn(new Column(name, PostgresType.of("text"), true, 1), "text");
  }

  /** Rows in memory that may change when they have been read so often. */
  private static final class Rows implements SourceRows, SinkRows {
    final List<String[]> rows = new ArrayList<>();
    final AtomicInteger reads = new AtomicInteger();
    Consumer<Integer> afterRead = read -> {};
    boolean missing;

    Rows add(String id, String v) {
      rows.add(new String[] {id, v});
      return this;
    }

    @Override
    public long scan(TablePlan plan, int columns, RowVisitor visitor) {
      CanonicalRow row = new CanonicalRow(columns);
      for (String[] values : rows) {
        row.clear();
        for (int i = 0; i < columns; i++) {
          row.add(values[i]);
        }
        visitor.row(row);
      }
      int size = rows.size();
      afterRead.accept(reads.incrementAndGet());
      return size;
    }

    @Override
    public long scan(TablePlan plan, RowVisitor visitor) {
      return scan(plan, plan.columns().size(), visitor);
    }

    @Override
    public void find(TablePlan plan, Collection<RowKey> keys, RowVisitor visitor) {
      scan(plan, visitor);
    }

    @Override
    public long count(TablePlan plan) {
      return missing ? 0 : rows.size();
    }

    @Override
    public String name() {
      return "memory";
    }

    @Override
    public String tableName(TablePlan plan) {
      return plan.table().toString();
    }

    @Override
    public boolean hasTable(TablePlan plan) {
      return !missing;
    }
  }

  private static VerifyReport.Sink compare(Rows source, Rows sink) {
    KeyedComparison comparison = new KeyedComparison(PLAN, source, List.of(sink));
    return new Settling<>(PLAN, comparison, TestPatience.TINY).run().sinks().get(0);
  }

  @Provide
  Arbitrary<Map<String, String>> tables() {
    return Arbitraries.maps(
            Arbitraries.integers().between(0, 30).map(i -> "k" + i), Arbitraries.of("a", "b", ""))
        .ofMaxSize(20);
  }

  @Property(tries = 60)
  void findsExactlyWhatDiffers(
      @ForAll("tables") Map<String, String> expected, @ForAll("tables") Map<String, String> found) {
    Rows source = new Rows();
    Rows sink = new Rows();
    expected.forEach(source::add);
    found.forEach(sink::add);
    Map<String, Kind> kinds = new HashMap<>();
    Set<String> all = new HashSet<>(expected.keySet());
    all.addAll(found.keySet());
    for (String key : all) {
      if (!found.containsKey(key)) {
        kinds.put(key, Kind.MISSING);
      } else if (!expected.containsKey(key)) {
        kinds.put(key, Kind.EXTRA);
      } else if (!expected.get(key).equals(found.get(key))) {
        kinds.put(key, Kind.DIFFERENT);
      }
    }

    VerifyReport.Sink report = compare(source, sink);

    assertThat(report.differing()).isEqualTo(kinds.size());
    assertThat(report.rows()).isEqualTo(found.size());
    assertThat(report.agreeing())
        .isEqualTo(
            expected.entrySet().stream()
                .filter(row -> row.getValue().equals(found.get(row.getKey())))
                .count());
    assertThat(report.differences())
        .hasSize(Math.min(kinds.size(), Comparison.MOST_REPORTED))
        .allSatisfy(d -> assertThat(d.kind()).isEqualTo(kinds.get(d.row().get("id"))));
  }

  @Test
  void aRepeatedRowIsFoundWhereverItStands() {
    Rows source = new Rows().add("1", "a").add("2", "b");
    Rows sink = new Rows().add("1", "old").add("2", "b").add("1", "a");
    assertThat(compare(source, sink).differences())
        .extracting(Difference::kind)
        .containsExactly(Kind.REPEATED);
  }

  @Test
  void whatTheSourceDeletesAfterTheFirstPassIsNotMissing() {
    Rows source = new Rows().add("1", "a").add("2", "b");
    source.afterRead =
        read -> {
          if (read == 1) {
            source.rows.remove(1);
          }
        };
    assertThat(compare(source, new Rows().add("1", "a")).agrees()).isTrue();
  }

  @Test
  void whatGetsWorseAfterTheFirstPassIsNoneOfItsDoubts() {
    Rows source = new Rows().add("1", "a").add("2", "b");
    Rows sink = new Rows().add("1", "wrong").add("2", "b");
    sink.afterRead =
        read -> {
          sink.rows.clear();
          sink.add("1", "a");
        };
    assertThat(compare(source, sink).agrees()).isTrue();
  }

  @Test
  void aSinkThatFailsLaterIsAProblem() {
    Rows source = new Rows().add("1", "a");
    Rows sink = new Rows().add("1", "wrong");
    sink.afterRead =
        read -> {
          if (read == 2) {
            throw new SinkFailure("it went away", null);
          }
        };
    VerifyReport.Sink report = compare(source, sink);
    assertThat(report.agrees()).isFalse();
    assertThat(report.problem()).isEqualTo("it went away");
  }
}
