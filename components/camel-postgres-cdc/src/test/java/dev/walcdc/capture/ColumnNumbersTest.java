package dev.walcdc.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.StreamedTable.Attribute;
import dev.walcdc.capture.source.Definition;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class ColumnNumbersTest {

  private static final String[] NAMES = {"a", "b", "c"};
  private static final String[] TYPES = {"int4", "text"};

  private static Column column(String name, String type, int number) {
    return new Column(name, PostgresType.of(type), true, number);
  }

  private static Definition present(List<Column> columns, Integer... dropped) {
    return new Definition(1, columns, List.of(), false, Set.of(dropped), Set.of(), "", "");
  }

  private static List<Attribute> streamed(List<Column> columns) {
    return columns.stream().map(c -> new Attribute(c.name(), c.type())).toList();
  }

  private static int[] numbers(List<Column> then, List<Column> before, Definition present) {
    return ColumnNumbers.of(streamed(then), before, present);
  }

  @Test
  void aPresentDefinitionHasTheNumbers() {
    List<Column> now = List.of(column("a", "int4", 1), column("b", "text", 4));
    assertThat(numbers(now, List.of(), present(now, 2, 3))).containsExactly(1, 4);
  }

  @Test
  void aColumnThatWasRenamedSinceIsFoundByTheSchemaBefore() {
    List<Column> then = List.of(column("a", "int4", 1), column("b", "text", 2));
    List<Column> now =
        List.of(column("a", "int4", 1), column("x", "text", 2), column("y", "text", 3));
    assertThat(numbers(then, then, present(now))).containsExactly(1, 2);
  }

  @Test
  void aNameInBetweenIsFoundByItsPlace() {
    List<Column> before = List.of(column("a", "int4", 1), column("b", "text", 2));
    List<Column> then = List.of(column("a", "int4", 1), column("m", "text", 2));
    List<Column> now =
        List.of(column("a", "int4", 1), column("x", "text", 2), column("y", "text", 3));
    assertThat(numbers(then, before, present(now))).containsExactly(1, 2);
  }

  @Test
  void aColumnThatCameAndWentIsFoundByItsPlaceIfThereIsOnlyOne() {
    List<Column> then = List.of(column("a", "int4", 1), column("m", "text", 2));
    List<Column> now = List.of(column("a", "int4", 1));
    assertThat(numbers(then, List.of(), present(now, 2))).containsExactly(1, 2);
    assertThat(numbers(then, List.of(), present(now, 2, 3))).containsExactly(1, 0);
  }

  @Test
  void ofATableThatIsGoneTheSchemaBeforeIsAllThereIs() {
    List<Column> then = List.of(column("a", "int4", 1), column("b", "text", 2));
    assertThat(numbers(then, then, null)).containsExactly(1, 2);
    assertThat(numbers(then, List.of(), null)).containsExactly(0, 0);
  }

  /**
   * Random histories of a table: whatever is found is in order, and is wrong only where a column is
   * replaced by another of its name, which is noticed by another rule.
   */
  @RepeatedTest(20)
  void numbersThatAreFoundAreRight() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int run = 0; run < 500; run++) {
      List<List<Column>> history = new ArrayList<>();
      List<Column> columns = new ArrayList<>(List.of(column("id", "int4", 1)));
      history.add(List.copyOf(columns));
      int next = 2;
      Set<String> names = new TreeSet<>();
      boolean reused = false;
      for (int change = 0; change < 5; change++) {
        int at = random.nextInt(columns.size() + 1);
        String name = NAMES[random.nextInt(NAMES.length)] + (random.nextBoolean() ? change : "");
        boolean free = columns.stream().noneMatch(c -> c.name().equals(name));
        if (at == columns.size() && free) {
          reused |= !names.add(name);
          columns.add(column(name, TYPES[random.nextInt(TYPES.length)], next++));
        } else if (at > 0 && at < columns.size() && random.nextBoolean()) {
          columns.remove(at);
        } else if (at < columns.size() && free) {
          reused |= !names.add(name);
          columns.set(at, column(name, columns.get(at).type().name(), columns.get(at).attnum()));
        }
        history.add(List.copyOf(columns));
      }
      if (reused) {
        continue;
      }
      Set<Integer> dropped = new TreeSet<>();
      for (int number = 1; number < next; number++) {
        dropped.add(number);
      }
      columns.forEach(c -> dropped.remove(c.attnum()));
      int before = random.nextInt(history.size());
      int then = before + random.nextInt(history.size() - before);
      int[] found =
          numbers(
              history.get(then),
              history.get(before),
              present(List.copyOf(columns), dropped.toArray(Integer[]::new)));
      for (int i = 0; i < found.length; i++) {
        assertThat(found[i])
            .as("seed %d: %s at %d after %s", seed, history.get(then), i, history)
            .isIn(0, history.get(then).get(i).attnum());
      }
    }
  }
}
