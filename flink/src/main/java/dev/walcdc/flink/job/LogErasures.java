package dev.walcdc.flink.job;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.Version;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.changelog.TopicStretch;
import dev.walcdc.envelope.TracedRecord;
import dev.walcdc.flink.change.KnownErasures;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Finds the erasures that are on a table's topic before its job begins from nothing: the job meets
 * rows that they take away before it meets them. It reads the topic once, which the job does too.
 */
final class LogErasures {

  private final String table;
  private final SchemaLog schemas;
  private final Map<String, TracedRecord.Reader> readers = new HashMap<>();
  private final List<Erasure> met = new ArrayList<>();
  private final Map<Integer, Version> firsts = new HashMap<>();

  private LogErasures(String table, SchemaLog schemas) {
    this.table = table;
    this.schemas = schemas;
  }

  /**
   * Reads the topic to its present end.
   *
   * @throws StartRefusedException if the log does not reach back to where the table begins
   */
  static KnownErasures on(String table, Settings settings) {
    LogErasures found = new LogErasures(table, settings.schemas());
    try (TopicStretch log = new TopicStretch(settings.brokers(), settings.topic(table))) {
      SortedMap<Integer, Long> begins = log.begins();
      log.read(begins, log.ends(), found::take);
      KnownErasures erasures = KnownErasures.of(found.met);
      found.requireWhole(begins, erasures);
      return erasures;
    }
  }

  private void take(String fingerprint, LogRecord record) {
    if (record.fence() != null) {
      met.add(record.fence());
      return;
    }
    // A TRUNCATE is of no row and has no key; of the others the first says where the log begins.
    boolean isFirst = !firsts.containsKey(record.partition());
    if (record.value() == null || fingerprint == null || !(isFirst || record.key() == null)) {
      return;
    }
    TracedRecord traced = readers.computeIfAbsent(fingerprint, this::reader).read(record);
    if (traced.erasure() != null) {
      met.add(traced.erasure());
    } else if (traced.change() != null && isFirst) {
      firsts.put(record.partition(), traced.change().version());
    }
  }

  private TracedRecord.Reader reader(String fingerprint) {
    TableSchema schema =
        schemas
            .find(fingerprint)
            .orElseThrow(
                () ->
                    new StartRefusedException(
                        "Definition %s of table `%s` is not on the schemas topic"
                            .formatted(fingerprint, table)));
    return new TracedRecord.Reader(schema);
  }

  /** What retention took does not matter if all that is shown was read again after it. */
  private void requireWhole(SortedMap<Integer, Long> begins, KnownErasures erasures) {
    firsts.forEach(
        (partition, first) -> {
          if (begins.get(partition) > 0 && !erasures.include(Erasure.below(next(first)))) {
            throw new StartRefusedException(
                "The log of table `%s` begins at offset %d of partition %d, so rows that did not change since are not on it. Have them read again (`wal-cdc resync %s`), and start the job then"
                    .formatted(table, begins.get(partition), partition, table));
          }
        });
  }

  private static Version next(Version version) {
    return Version.of(version.epoch(), version.lastCommitLsn(), version.lsn() + 1);
  }
}
