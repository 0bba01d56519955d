package dev.walcdc.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class RowTranslationTest {

  private static final Column ID = new Column("id", PostgresType.of("int4"), false, 1);

  private static Column column(String name, String type, int number) {
    return new Column(name, PostgresType.of(type), true, number);
  }

  private static TableSchema table(long sequence, Column... columns) {
    return new TableSchema("s", "t", List.of(columns), List.of(columns[0].name()), 1, sequence);
  }

  private static ChangeBatch batch(TableSchema schema, long lsn, Object... row) {
    ChangePoint point = new ChangePoint(Operation.UPDATE, Version.of(1, lsn - 1, lsn), 0);
    TreeMap<Integer, PartitionProgress> progress = new TreeMap<>();
    progress.put(0, new PartitionProgress(lsn, 1, point, lsn));
    return new ChangeBatch(
        "p.s.t", schema, List.of(), List.of(RowChange.of(point, row, 0, 0, lsn)), progress);
  }

  private static Object[] translated(TableSchema from, TableSchema to, Object... row) {
    ChangeBatch batch = RowTranslation.translate(batch(from, 5, row), to);
    assertThat(batch.schema()).isEqualTo(to);
    return batch.changes().get(0).row();
  }

  @Test
  void aBatchThatFitsStaysAsItIs() {
    ChangeBatch batch = batch(table(1, ID), 5, 1);
    assertThat(RowTranslation.translate(batch, table(7, ID))).isSameAs(batch);
  }

  @Test
  void aConditionFollowsTheNameOfItsColumn() {
    ChangeBatch old = batch(table(1, ID), 5, 1);
    Erasure erasure = new Erasure(Version.of(1, 2, 3), KeyCondition.parse("id < 10"));
    ChangeBatch erasing =
        new ChangeBatch(old.topic(), old.schema(), List.of(erasure), old.changes(), old.progress());
    assertThat(RowTranslation.translate(erasing, table(2, column("key", "int4", 1))).erasures())
        .containsExactly(new Erasure(Version.of(1, 2, 3), KeyCondition.parse("key < 10")));
  }

  @Test
  void columnsAreMatchedByTheirNumbers() {
    TableSchema from =
        table(1, ID, column("a", "text", 2), column("b", "text", 3), column("c", "text", 4));
    TableSchema to =
        table(
            2,
            column("key", "int4", 1),
            column("a", "text", 3),
            column("d", "text", 5),
            column("c", "text", 4));
    assertThat(translated(from, to, 1, "a", "b", "c")).containsExactly(1, "b", null, "c");
  }

  @Test
  void valuesTakeTheFormOfTheColumnNow() {
    TableSchema from =
        table(
            1,
            ID,
            column("n", "int4", 2),
            column("f", "float4", 3),
            new Column("d", new PostgresType("numeric", 8, 2), true, 4));
    TableSchema to =
        table(
            2,
            ID,
            column("n", "int8", 2),
            column("f", "float8", 3),
            new Column("d", new PostgresType("numeric", 10, 4), true, 4));
    assertThat(translated(from, to, 1, 7, 0.5f, new BigDecimal("1.50")))
        .containsExactly(1, 7L, 0.5d, new BigDecimal("1.5000"));
    // What the column no longer holds, the sink's own column may.
    assertThat(translated(to, from, 1, 1L << 40, 0.1d, new BigDecimal("1.2345")))
        .containsExactly(1, 1L << 40, 0.1d, new BigDecimal("1.2345"));
  }

  @Test
  void whatWasLeftOutStaysLeftOut() {
    TableSchema from = table(1, ID, column("a", "text", 2), column("b", "int4", 3));
    TableSchema to = table(2, ID, column("x", "text", 2), column("b", "int8", 3));
    assertThat(translated(from, to, 1, Unchanged.TOAST, null))
        .containsExactly(1, Unchanged.TOAST, null);
  }

  @Test
  void anotherKeyOrAnotherKindIsRefused() {
    TableSchema from = table(1, ID, column("a", "text", 2));
    assertThatThrownBy(() -> translated(from, table(2, column("a", "text", 2), ID), 1, "x"))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContainingAll("`s.t`", "key", "1/1", "1/2");
    assertThatThrownBy(() -> translated(from, table(2, ID, column("a", "date", 2)), 1, "x"))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContainingAll("`a`", "text", "date");
  }

  /** What a sink does with batches, in memory: follows newer schemas, translates older ones. */
  private static final class Model {

    private TableSchema followed;
    private final Map<Object, Object[]> rows = new HashMap<>();
    private final Map<Object, Version> versions = new HashMap<>();

    void apply(ChangeBatch batch) {
      if (followed == null) {
        followed = batch.schema();
      } else if (batch.schema().sequence() > followed.sequence()) {
        rows.replaceAll(
            (key, row) ->
                RowTranslation.translate(batch(followed, 1, row), batch.schema())
                    .changes()
                    .get(0)
                    .row());
        followed = batch.schema();
      }
      for (RowChange change : RowTranslation.translate(batch, followed).changes()) {
        Object key = change.row()[0];
        Version present = versions.get(key);
        if (present == null || present.compareTo(change.version()) <= 0) {
          versions.put(key, change.version());
          rows.put(key, change.row());
        }
      }
    }

    Map<Object, List<Object>> state() {
      Map<Object, List<Object>> state = new TreeMap<>();
      rows.forEach((key, row) -> state.put(key, Arrays.asList(row)));
      return state;
    }
  }

  /** Random changes of a table with rows between them; the log repeats them from any place on. */
  @RepeatedTest(30)
  void anyReplayAndAnyCutEndInTheSameRows() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Column> columns = new ArrayList<>(List.of(ID));
    int number = 2;
    long sequence = 1;
    List<ChangeBatch> log = new ArrayList<>();
    // The truth: values by the numbers of the columns that are there at the end.
    Map<Integer, Map<Integer, Object>> truth = new TreeMap<>();
    for (int step = 1; step <= 60; step++) {
      int at = 1 + random.nextInt(Math.max(1, columns.size()));
      switch (random.nextInt(6)) {
        case 0 -> {
          columns.add(column("c" + random.nextInt(4) + "_" + step, "int4", number++));
          sequence++;
        }
        case 1 -> {
          if (at < columns.size()) {
            columns.remove(at);
            sequence++;
          }
        }
        case 2 -> {
          if (at < columns.size()) {
            Column old = columns.get(at);
            columns.set(at, new Column("r" + step, old.type(), true, old.attnum()));
            sequence++;
          }
        }
        case 3 -> {
          if (columns.size() > 2) {
            Column one = columns.get(1);
            Column two = columns.get(2);
            columns.set(1, new Column(two.name(), one.type(), true, one.attnum()));
            columns.set(2, new Column(one.name(), two.type(), true, two.attnum()));
            sequence++;
          }
        }
        default -> {
          TableSchema schema = table(sequence, columns.toArray(Column[]::new));
          int id = random.nextInt(5);
          Object[] row = new Object[columns.size()];
          Map<Integer, Object> values = new HashMap<>();
          row[0] = id;
          for (int i = 1; i < row.length; i++) {
            row[i] = random.nextInt(1_000);
            values.put(columns.get(i).attnum(), row[i]);
          }
          truth.put(id, values);
          log.add(batch(schema, step, row));
        }
      }
    }
    if (log.isEmpty()) {
      return;
    }
    Model model = new Model();
    int next = 0;
    while (next < log.size()) {
      model.apply(log.get(next++));
      if (random.nextInt(5) == 0) {
        next = random.nextInt(next);
        while (random.nextInt(4) != 0 && next < log.size()) {
          model.apply(log.get(next++));
        }
      }
    }
    Map<Object, List<Object>> expected = new TreeMap<>();
    truth.forEach(
        (id, values) -> {
          List<Object> row = new ArrayList<>(List.of(id));
          model.followed.columns().stream()
              .skip(1)
              .forEach(column -> row.add(values.get(column.attnum())));
          expected.put(id, row);
        });
    assertThat(model.state()).as("seed %d", seed).isEqualTo(expected);
  }
}
