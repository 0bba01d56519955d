package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.create;
import static dev.walcdc.clickhouse.Changes.notNull;
import static dev.walcdc.clickhouse.Changes.schema;
import static dev.walcdc.clickhouse.Changes.version;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.schema.TableSchema;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AppliedPositionsIT {

  private TestServer server;
  private TableSchema schema;
  private ChangeSink sink;

  @BeforeEach
  void begin() {
    server = new TestServer();
    schema = schema(TestServer.newSchema(), "t", List.of("id"), notNull("id", "int4"));
    sink = server.newSink();
  }

  @AfterEach
  void end() {
    server.close();
  }

  private ChangeBatch batch(int partition, long nextOffset, long records, RowChange... changes) {
    ChangePoint last = changes.length == 0 ? null : changes[changes.length - 1].point();
    TreeMap<Integer, PartitionProgress> progress = new TreeMap<>();
    long committedAt = last == null ? 0 : Changes.COMMITTED_AT;
    progress.put(partition, new PartitionProgress(nextOffset, records, last, committedAt));
    return new ChangeBatch(schema.qualifiedName(), schema, List.of(), List.of(changes), progress);
  }

  private String applied() {
    return server.ask(
        """
        SELECT partition, next_offset, epoch, last_commit_lsn, lsn, committed_at, records, rows,
          source_schema = '%1$s', source_table, abs(date_diff('second', applied_at, now())) < 60
        FROM walcdc.applied FINAL WHERE topic = '%1$s.t' ORDER BY partition"""
            .formatted(schema.schema()));
  }

  @Test
  void saysHowFarEachPartitionIsAndCountsOn() {
    sink.apply(batch(0, 10, 4, create(5, 1), create(6, 2)));
    sink.apply(batch(1, 3, 3, create(7, 3)));
    server.positions.flush();
    String time = "2023-11-14 22:13:20.123456";
    assertThat(applied())
        .isEqualTo(
            "0\t10\t1\t5\t6\t%s\t4\t2\t1\tt\t1\n1\t3\t1\t6\t7\t%s\t3\t1\t1\tt\t1"
                .formatted(time, time));
    // Tombstones only: the place moves, what was applied last stays.
    sink.apply(batch(0, 12, 2));
    server.positions.flush();
    assertThat(applied()).startsWith("0\t12\t1\t5\t6\t%s\t6\t2\t".formatted(time));
  }

  @Test
  void countsOnAfterARestart() {
    sink.apply(batch(0, 10, 10, create(5, 1)));
    server.positions.flush();
    try (TestServer later = new TestServer()) {
      later.newSink().apply(batch(0, 20, 10, create(6, 2)));
      later.positions.flush();
    }
    assertThat(applied()).startsWith("0\t20\t1\t5\t6\t").contains("\t20\t2\t1\tt");
  }

  @Test
  void writesOnceForManyBatches() {
    String parts =
        "SELECT count() FROM walcdc.applied WHERE topic = '%s.t'".formatted(schema.schema());
    for (int i = 1; i <= 50; i++) {
      sink.apply(batch(0, i, 1, create(version(i).lsn(), i)));
    }
    server.positions.flush();
    server.positions.flush();
    assertThat(server.ask(parts)).isEqualTo("1");
    assertThat(applied()).startsWith("0\t50\t").contains("\t50\t50\t1\tt");
  }

  @Test
  void aFlushThatFailedIsMadeUpFor() {
    sink.apply(batch(0, 10, 10, create(5, 1)));
    server.positions.flush();
    server.run("DROP TABLE walcdc.applied");
    sink.apply(batch(0, 11, 1, create(6, 2)));
    server.positions.flush();
    sink.apply(batch(0, 12, 1, create(7, 3)));
    server.positions.flush();
    assertThat(applied()).startsWith("0\t12\t1\t6\t7\t").contains("\t2\t2\t1\tt");
  }

  @Test
  void aBatchThatFailedIsNotNoted() {
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> sink.apply(batch(0, 10, 10, create(5, (Object) null)))))
        .isInstanceOf(RefusedChangeException.class);
    sink.apply(batch(1, 1, 1, create(5, 1)));
    server.positions.flush();
    assertThat(applied()).startsWith("1\t1\t").doesNotContain("\n");
  }
}
