package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.Log.Entry;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Capture is behind: what it reads was written under definitions that the catalog has no more. */
class LagIT {

  private static TableSchema schemaOf(String prefix, Entry entry) {
    Map<String, TableSchema> schemas =
        Log.read(prefix + ".schemas").stream()
            .collect(
                Collectors.toMap(
                    Entry::key,
                    e -> TableSchema.fromJson(e.value().getBytes(StandardCharsets.UTF_8)),
                    (a, b) -> b));
    return schemas.get(entry.schema());
  }

  /** The schema of each row: {@code name type number, ...}. */
  private static List<String> columns(Capture capture, String table) {
    String prefix = capture.options().get("topicPrefix");
    return capture.log(table).stream()
        .filter(Entry::isRow)
        .map(
            entry ->
                schemaOf(prefix, entry).columns().stream()
                    .map(c -> "%s %s %d".formatted(c.name(), c.type().name(), c.attnum()))
                    .collect(Collectors.joining(", ")))
        .toList();
  }

  /** The stream alone is looked at here. */
  private static void withoutRereading(Capture capture) {
    capture.sql("DROP TABLE @.signal");
  }

  @Test
  void everyRowIsUnderTheDefinitionOfItsTime() {
    try (Capture capture = new Capture("lag_types")) {
      capture.sql(
          "CREATE TYPE @.mood AS ENUM ('sad', 'ok')",
          "CREATE DOMAIN @.price AS numeric(8, 2)",
          "CREATE TABLE @.t (id serial PRIMARY KEY, day date, n int, m @.mood, p @.price, a int[])",
          "INSERT INTO @.t VALUES (0, '2020-01-02', 1, 'ok', 1.50, '{1}')");
      withoutRereading(capture);
      capture.start().streaming();
      capture.stop();
      capture.sql(
          "INSERT INTO @.t VALUES (1, '2020-01-02', 1, 'ok', 1.50, '{1}')",
          "ALTER TABLE @.t ALTER n TYPE text",
          "INSERT INTO @.t VALUES (2, '2020-01-02', 'two', 'sad', 2.50, '{2}')",
          "ALTER TABLE @.t DROP COLUMN day",
          "ALTER TABLE @.t RENAME n TO label",
          "INSERT INTO @.t VALUES (3, 'three', 'ok', 3.50, '{3}')",
          "ALTER TABLE @.t ADD COLUMN day timestamp",
          "INSERT INTO @.t VALUES (4, 'four', 'ok', 4.50, '{4}', '2020-01-02')",
          "ALTER TABLE @.t RENAME id TO key",
          "ALTER TABLE @.t DROP COLUMN m, DROP COLUMN p, DROP COLUMN a",
          "INSERT INTO @.t VALUES (5, 'five', '2020-01-03')");
      // From here on nothing is confirmed.
      capture.with("positionInterval", 3_600_000).start();
      eventually("all rows", () -> capture.log("t").size() == 6);
      assertThat(columns(capture, "t"))
          .containsExactly(
              "id int4 1, day date 2, n int4 3, m mood 4, p numeric 5, a _int4 6",
              "id int4 1, day date 2, n int4 3, m mood 4, p numeric 5, a _int4 6",
              "id int4 1, day date 2, n text 3, m mood 4, p numeric 5, a _int4 6",
              "id int4 1, label text 3, m mood 4, p numeric 5, a _int4 6",
              "id int4 1, label text 3, m mood 4, p numeric 5, a _int4 6, day timestamp 7",
              "key int4 1, label text 3, day timestamp 7");
      List<Entry> log = capture.log("t");
      assertThat(log.get(4).key()).isEqualTo("{\"id\":4}");
      assertThat(log.get(5).key()).isEqualTo("{\"key\":5}");
      assertThat(schemaOf("lag_types", log.get(0)).columns().get(4).type().scale()).isEqualTo(2);

      // All of it comes again: the same rows are under the same schemas.
      List<String> before = log.stream().map(e -> e.key() + e.schema()).toList();
      capture.restart();
      capture.sql("INSERT INTO @.t VALUES (6, 'six')");
      eventually("the row after the restart", () -> capture.log("t").size() == 12);
      List<Entry> again = capture.log("t").subList(6, 11);
      assertThat(again.stream().map(e -> e.key() + e.schema()))
          .isEqualTo(before.subList(1, before.size()));
    }
  }

  @Test
  void aTableThatCameAndWentHasItsTypesAndItsKey() {
    try (Capture capture = new Capture("lag_gone").table("other", "id int PRIMARY KEY")) {
      capture.start().streaming();
      capture.stop();
      capture.sql(
          "CREATE TABLE @.t (b int, day date, a int, PRIMARY KEY (a, b))",
          "INSERT INTO @.t VALUES (1, '2020-01-02', 2)",
          "UPDATE @.t SET a = 3",
          "DELETE FROM @.t",
          "DROP TABLE @.t",
          "INSERT INTO @.other VALUES (1)");
      capture.start();
      eventually("the row behind it", () -> capture.ids("other").contains(1L));
      List<Entry> log = capture.log("t");
      assertThat(log.stream().filter(Entry::isRow).map(Entry::op))
          .containsExactly("c", "d", "c", "d");
      assertThat(log.stream().map(Entry::key).distinct())
          .containsExactly("{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":3}");
      assertThat(columns(capture, "t").get(0)).isEqualTo("b int4 0, day date 0, a int4 0");
      assertThat(schemaOf("lag_gone", log.get(0)).key()).containsExactly("b", "a");
    }
  }

  @Test
  void theKeyIsThatOfTheTime() {
    try (Capture capture =
        new Capture("lag_key").table("t", "id int PRIMARY KEY, other int NOT NULL")) {
      capture.sql("INSERT INTO @.t VALUES (0, 10)");
      withoutRereading(capture);
      capture.start().streaming();
      capture.stop();
      capture.sql(
          "INSERT INTO @.t VALUES (1, 11)",
          "UPDATE @.t SET id = 2 WHERE id = 1",
          "ALTER TABLE @.t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (other)",
          "DELETE FROM @.t WHERE id = 2");
      capture.start();
      eventually(
          "the deletion",
          () -> capture.log("t").stream().anyMatch(e -> !e.isRow() && e.key().contains("other")));
      assertThat(capture.log("t").stream().map(e -> e.key() + (e.isRow() ? e.op() : "")))
          .containsExactly(
              "{\"id\":0}r",
              "{\"id\":1}c",
              "{\"id\":1}d",
              "{\"id\":1}",
              "{\"id\":2}c",
              "{\"other\":11}d",
              "{\"other\":11}");
    }
  }

  /** In one transaction, while capture keeps up. */
  @Test
  void aTransactionMayChangeATableInItsMiddle() {
    try (Capture capture = new Capture("lag_middle").table("t", "id int PRIMARY KEY, a int")) {
      capture.start().streaming();
      capture.sql(
          "BEGIN; INSERT INTO @.t VALUES (1, 1); ALTER TABLE @.t ADD COLUMN b date;"
              + " INSERT INTO @.t VALUES (2, 2, '2020-01-02'); ALTER TABLE @.t DROP COLUMN a;"
              + " INSERT INTO @.t VALUES (3, '2020-01-03'); COMMIT");
      eventually("all rows", () -> capture.ids("t").size() == 3);
      assertThat(columns(capture, "t"))
          .containsExactly(
              "id int4 1, a int4 2", "id int4 1, a int4 2, b date 3", "id int4 1, b date 3");
    }
  }
}
