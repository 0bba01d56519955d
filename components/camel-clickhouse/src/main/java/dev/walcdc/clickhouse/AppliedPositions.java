package dev.walcdc.clickhouse;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.failpoint.FailPoint;
import dev.walcdc.schema.TableSchema;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@code walcdc.applied}: how far each partition was applied. A batch is noted here once its
 * rows are queryable, and written down by the next {@link #flush()}, all partitions in one
 * statement. So the table never runs ahead of the data; it lags by the time between two flushes,
 * and by more only while ClickHouse does not answer. Safe to share.
 */
final class AppliedPositions {

  private static final Logger LOG = LoggerFactory.getLogger(AppliedPositions.class);

  private static final TableName TABLE =
      new TableName(ClickHouseConstants.OWN_DATABASE, ClickHouseConstants.APPLIED_TABLE);

  private static final String VALUE_TYPES =
      "topic String, partition Int32, next_offset Int64, known Bool, epoch UInt16,"
          + " last_commit_lsn UInt64, lsn UInt64, committed_at Int64, applied_at Int64,"
          + " records UInt64, rows UInt64, source_schema String, source_table String";

  private final ClickHouseServer server;
  private final ReentrantLock flushing = new ReentrantLock();
  private final Map<Partition, State> pending = new HashMap<>();
  private boolean tableExists;
  private boolean failed;

  private record Partition(String topic, int number) {}

  /**
   * What happened to one partition since the last flush; {@code last} null if no row change did.
   */
  private record State(
      TableSchema schema,
      long nextOffset,
      ChangePoint last,
      long committedAtMicros,
      long appliedAtMicros,
      long records,
      long rows) {

    State followedBy(State later) {
      boolean known = later.last != null;
      return new State(
          later.schema,
          later.nextOffset,
          known ? later.last : last,
          known ? later.committedAtMicros : committedAtMicros,
          later.appliedAtMicros,
          records + later.records,
          rows + later.rows);
    }
  }

  AppliedPositions(ClickHouseServer server) {
    this.server = server;
  }

  /**
   * Notes that a batch is queryable.
   *
   * @param rows row versions written for it
   */
  void applied(ChangeBatch batch, long rows) {
    if (batch.progress().isEmpty()) {
      return; // A replay of what the position has passed.
    }
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    // Rows are counted with one partition of a batch: what is of use is their sum over a topic.
    int counted = batch.progress().lastKey();
    synchronized (pending) {
      batch
          .progress()
          .forEach(
              (number, progress) ->
                  pending.merge(
                      new Partition(batch.topic(), number),
                      state(batch, progress, now, number == counted ? rows : 0),
                      State::followedBy));
    }
  }

  private static State state(ChangeBatch batch, PartitionProgress progress, long now, long rows) {
    return new State(
        batch.schema(),
        progress.nextOffset(),
        progress.last(),
        progress.committedAtMicros(),
        now,
        progress.records(),
        rows);
  }

  /**
   * Writes down what was noted. A failure is logged, and what was noted is kept for the next time.
   * Does nothing while another thread is at it, so that a stop does not wait for a server that does
   * not answer.
   */
  void flush() {
    if (!flushing.tryLock()) {
      return;
    }
    try {
      flushPending();
    } finally {
      flushing.unlock();
    }
  }

  private void flushPending() {
    Map<Partition, State> states;
    synchronized (pending) {
      states = Map.copyOf(pending);
      pending.clear();
    }
    if (states.isEmpty()) {
      return;
    }
    try {
      FailPoint.CLICKHOUSE_BEFORE_POSITIONS.reach();
      write(states);
      failed = false;
    } catch (RuntimeException e) {
      tableExists = false;
      keep(states);
      if (!failed) {
        LOG.warn("Cannot write {}, will try again: {}", TABLE, e.getMessage());
      }
      failed = true;
    }
  }

  private void keep(Map<Partition, State> states) {
    synchronized (pending) {
      states.forEach(
          (partition, earlier) ->
              pending.merge(partition, earlier, (later, same) -> earlier.followedBy(later)));
    }
  }

  private void write(Map<Partition, State> states) {
    if (!tableExists) {
      createTable();
      tableExists = true;
    }
    String values =
        states.entrySet().stream()
            .map(entry -> values(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    // The counts go on from what is there, whoever wrote it, so they need not be read at start.
    server.execute(
        """
        INSERT INTO %1$s (topic, partition, next_offset, epoch, last_commit_lsn, lsn, committed_at,
          applied_at, records, rows, source_schema, source_table)
        SELECT n.topic, n.partition, n.next_offset, if(n.known, n.epoch, o.epoch),
          if(n.known, n.last_commit_lsn, o.last_commit_lsn), if(n.known, n.lsn, o.lsn),
          if(n.known, fromUnixTimestamp64Micro(n.committed_at, 'UTC'), o.committed_at),
          fromUnixTimestamp64Micro(n.applied_at, 'UTC'), n.records + o.records, n.rows + o.rows,
          n.source_schema, n.source_table
        FROM values(%2$s, %3$s) AS n
        LEFT JOIN (SELECT * FROM %1$s FINAL) AS o
          ON n.topic = o.topic AND n.partition = o.partition"""
            .formatted(TABLE.sql(), Sql.literal(VALUE_TYPES), values),
        Map.of("join_use_nulls", "0"));
  }

  private void createTable() {
    server.execute(TableDdl.createDatabase(TABLE.database()));
    server.execute(
        """
        CREATE TABLE IF NOT EXISTS %s (topic String, partition Int32, next_offset Int64, epoch UInt16,
          last_commit_lsn UInt64, lsn UInt64, committed_at DateTime64(6, 'UTC'),
          applied_at DateTime64(6, 'UTC'), records UInt64, rows UInt64, source_schema String,
          source_table String)
        ENGINE = ReplacingMergeTree ORDER BY (topic, partition)
        COMMENT 'How far each partition was applied, about a second behind the data'"""
            .formatted(TABLE.sql()));
  }

  private static String values(Partition partition, State state) {
    ChangePoint last = state.last();
    return "(%s, %d, %d, %b, %d, %d, %d, %d, %d, %d, %d, %s, %s)"
        .formatted(
            Sql.literal(partition.topic()),
            partition.number(),
            state.nextOffset(),
            last != null,
            last == null ? 0 : last.version().epoch(),
            last == null ? 0 : last.version().lastCommitLsn(),
            last == null ? 0 : last.version().lsn(),
            state.committedAtMicros(),
            state.appliedAtMicros(),
            state.records(),
            state.rows(),
            Sql.literal(state.schema().schema()),
            Sql.literal(state.schema().table()));
  }
}
