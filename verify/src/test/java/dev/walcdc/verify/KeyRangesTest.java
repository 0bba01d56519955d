package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRangesTest {

  private static TablePlan plan(String type) {
    ComparedColumn id = new ComparedColumn(column(type), type);
    return new TablePlan(new TableName("app", "t"), "ONLY ", 0, 1, List.of(id));
  }

  private static Column column(String type) {
    return new Column("id", PostgresType.of(type), false, 1);
  }

  private static RowKey key(String value) {
    CanonicalRow row = new CanonicalRow(1);
    row.add(value);
    return row.key(1);
  }

  private static List<String> covering(String type, List<String> values) {
    return KeyRanges.covering(plan(type), values.stream().map(KeyRangesTest::key).toList()).stream()
        .map(KeyCondition::toString)
        .toList();
  }

  @Test
  void fewKeysAreNamedOneByOne() {
    assertThat(covering("int8", List.of("9", "-10")))
        .containsExactly("\"id\" = '-10'", "\"id\" = '9'");
    assertThat(covering("uuid", List.of("ffffffff-ffff-ffff-ffff-ffffffffffff")))
        .containsExactly("\"id\" = 'ffffffff-ffff-ffff-ffff-ffffffffffff'");
  }

  @Test
  void manyNumbersAreCutWhereTheGapsAreWidest() {
    List<String> values =
        IntStream.range(0, 80)
            .map(i -> i / 10 * 1_000 + i % 10 * 2)
            .mapToObj(Integer::toString)
            .toList();
    assertThat(covering("int4", values))
        .hasSize(KeyRanges.MOST)
        .contains("\"id\" >= '0' AND \"id\" <= '18'", "\"id\" >= '7000' AND \"id\" <= '7018'");
  }

  @Test
  void whatServersOrderDifferentlyIsReadAsAWhole() {
    assertThat(covering("numeric", List.of("1.5"))).containsExactly("");
    assertThat(covering("bpchar", List.of("a"))).containsExactly("");
    assertThat(
            covering(
                "uuid",
                IntStream.range(0, 9)
                    .mapToObj("00000000-0000-0000-0000-00000000000%d"::formatted)
                    .toList()))
        .containsExactly("");
  }

  @ParameterizedTest
  @ValueSource(strings = {"int4", "text"})
  void everyKeyIsCovered(String type) {
    Random random = new Random(1);
    TableSchema schema = new TableSchema("app", "t", List.of(column(type)), List.of("id"), 1, 1);
    for (int i = 0; i < 200; i++) {
      List<String> values = new ArrayList<>();
      random.ints(1 + random.nextInt(40)).mapToObj(Integer::toString).forEach(values::add);
      List<KeyCondition> ranges =
          KeyRanges.covering(plan(type), values.stream().map(KeyRangesTest::key).toList());
      assertThat(ranges.size()).isLessThanOrEqualTo(KeyRanges.MOST);
      for (String value : values) {
        Object[] row = {type.equals("text") ? value : Integer.valueOf(value)};
        assertThat(ranges)
            .anyMatch(range -> range.bind(schema).stream().allMatch(bound -> bound.holds(row)));
      }
    }
  }
}
