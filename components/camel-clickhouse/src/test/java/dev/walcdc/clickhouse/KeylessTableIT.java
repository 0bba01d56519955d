package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.batch;
import static dev.walcdc.clickhouse.Changes.change;
import static dev.walcdc.clickhouse.Changes.delete;
import static dev.walcdc.clickhouse.Changes.erasure;
import static dev.walcdc.clickhouse.Changes.nullable;
import static dev.walcdc.clickhouse.Changes.read;
import static dev.walcdc.clickhouse.Changes.schema;
import static dev.walcdc.clickhouse.Changes.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.schema.TableSchema;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KeylessTableIT {

  private static TestServer server;

  private TableSchema events;
  private ChangeSink sink;

  @BeforeAll
  static void connect() {
    server = new TestServer();
  }

  @AfterAll
  static void disconnect() {
    server.close();
  }

  @BeforeEach
  void begin() {
    events = schema(TestServer.newSchema(), "events", List.of(), nullable("what", "text"));
    sink = server.newSink();
  }

  private static RowChange append(long lastCommit, long lsn, long ordinal, String what) {
    return change(Operation.CREATE, Version.of(1, lastCommit, lsn), ordinal, what);
  }

  private String current() {
    return server.ask("SELECT * FROM `%s`.events_current ORDER BY what".formatted(events.schema()));
  }

  @Test
  void equalRowsAreKeptApartByTheirPlaceInTheWal() {
    sink.apply(
        batch(
            events,
            append(4, 5, 0, "same"),
            append(4, 5, 1, "same"),
            append(4, 6, 0, "same"),
            read(1, 0, "same"),
            read(1, 1, "same")));
    server.run("OPTIMIZE TABLE `%s`.events FINAL".formatted(events.schema()));
    assertThat(current().lines()).hasSize(5);
  }

  @Test
  void aReplayReplacesItselfEvenUnderAnotherLastCommit() {
    sink.apply(batch(events, append(4, 5, 0, "a"), append(4, 5, 1, "b")));
    sink.apply(batch(events, append(4, 5, 0, "a"), append(4, 5, 1, "b")));
    sink.apply(batch(events, append(0, 5, 0, "a"), append(3, 5, 1, "b")));
    assertThat(current()).isEqualTo("a\nb");
    assertThat(
            server.ask(
                "SELECT sorting_key FROM system.tables WHERE database = '%s' AND name = 'events'"
                    .formatted(events.schema())))
        .isEqualTo("_epoch, _lsn, _ordinal");
  }

  @Test
  void truncateAndFenceEraseRows() {
    ChangeBatch before = batch(events, append(4, 5, 0, "a"), append(4, 5, 1, "b"));
    ChangeBatch truncate = erasure(events, Version.of(1, 9, 10), append(10, 11, 0, "c"));
    for (ChangeBatch next : List.of(before, truncate, before, truncate)) {
      sink.apply(next);
    }
    assertThat(current()).isEqualTo("c");
    sink.apply(batch(events, read(2, 0, "again")));
    sink.apply(erasure(events, Version.ofSnapshot(2)));
    assertThat(current()).isEqualTo("again");
  }

  @Test
  void updateAndDeleteAreRefused() {
    RowChange update = update(5, "x");
    assertThatThrownBy(() -> sink.apply(batch(events, update)))
        .isInstanceOfSatisfying(
            RefusedChangeException.class,
            e -> assertThat(e.change().orElseThrow()).isSameAs(update))
        .hasMessageContainingAll(
            "UPDATE", events.qualifiedName(), "no primary key", "Add a primary key");
    assertThatThrownBy(() -> sink.apply(batch(events, delete(5, "x"))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("DELETE");
  }
}
