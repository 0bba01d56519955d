package dev.walcdc.iceberg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.walcdc.change.Version;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far a table has come, as every commit of the sink says in its snapshot summary.
 *
 * @param topic topic that feeds the table
 * @param nextOffsets offset to apply next, by partition, of every partition ever applied
 * @param watermarks the highest change applied, by partition; missing where none was
 * @param commitId UUID of the commit; empty where there was none yet
 * @param records records of the log applied in all
 * @param committedAtMicros when the source committed the latest change applied, microseconds since
 *     1970 UTC; 0 where there was none
 * @param appliedAtMicros when that change was applied, by the sink's clock, microseconds since 1970
 *     UTC; 0 where there was none
 * @param epoch the highest epoch applied
 * @param oldestEpoch no row of the table is of a lower epoch; 0 where that is not known
 * @param erasedBelow the highest erasure without a condition that was applied: what it outranks may
 *     still come, by another partition or in a replay, and is not to be applied any more; {@link
 *     Version#NONE} where there was none. One with a condition is not remembered: it comes again
 *     behind whatever it outranks
 */
record Positions(
    String topic,
    SortedMap<Integer, Long> nextOffsets,
    SortedMap<Integer, Watermark> watermarks,
    String commitId,
    long records,
    long committedAtMicros,
    long appliedAtMicros,
    int epoch,
    int oldestEpoch,
    Version erasedBelow) {

  /** The topic that feeds the table. */
  static final String TOPIC = "walcdc.topic";

  /** JSON object: next offset to apply by partition. */
  static final String NEXT_OFFSETS = "walcdc.next-offsets";

  /** JSON object: {@link Watermark#toText()} by partition. */
  static final String WATERMARKS = "walcdc.watermarks";

  /** UUID that this commit was given before it was tried. */
  static final String COMMIT_ID = "walcdc.commit-id";

  /** Records of the log applied since the table was created. */
  static final String RECORDS = "walcdc.records";

  /** When the source committed the latest change applied, ISO 8601; missing where none was. */
  static final String COMMITTED_AT = "walcdc.committed-at";

  /** When the sink applied that change, ISO 8601; missing where none was. */
  static final String APPLIED_AT = "walcdc.applied-at";

  /** Highest epoch applied. */
  static final String EPOCH = "walcdc.epoch";

  /** No row is of a lower epoch; 0 where not known. */
  static final String OLDEST_EPOCH = "walcdc.oldest-epoch";

  /** {@code epoch/lastCommitLsn/lsn} of the highest erasure applied; missing where none was. */
  static final String ERASED_BELOW = "walcdc.erased-below";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  Positions {
    nextOffsets = Collections.unmodifiableSortedMap(new TreeMap<>(nextOffsets));
    watermarks = Collections.unmodifiableSortedMap(new TreeMap<>(watermarks));
  }

  /** Before the first commit. */
  static Positions none(String topic) {
    return new Positions(topic, new TreeMap<>(), new TreeMap<>(), "", 0, 0, 0, 0, 0, Version.NONE);
  }

  /** Whether no commit of the sink was found. */
  boolean isNone() {
    return commitId.isEmpty();
  }

  /** The same as another commit says it. */
  Positions in(String otherCommit) {
    return with(nextOffsets, otherCommit);
  }

  /** The same beyond what is before these offsets. */
  Positions passed(SortedMap<Integer, Long> offsets) {
    SortedMap<Integer, Long> next = new TreeMap<>(nextOffsets);
    offsets.forEach((partition, offset) -> next.merge(partition, offset, Math::max));
    return with(next, commitId);
  }

  private Positions with(SortedMap<Integer, Long> otherOffsets, String otherCommit) {
    return new Positions(
        topic,
        otherOffsets,
        watermarks,
        otherCommit,
        records,
        committedAtMicros,
        appliedAtMicros,
        epoch,
        oldestEpoch,
        erasedBelow);
  }

  /** Offset to apply next; 0 where the partition has none, which is below every progress. */
  long nextOffset(int partition) {
    return nextOffsets.getOrDefault(partition, 0L);
  }

  /** What {@link #of} reads. */
  Map<String, String> toSummary() {
    Map<String, String> summary = new LinkedHashMap<>();
    summary.put(TOPIC, topic);
    summary.put(NEXT_OFFSETS, json(nextOffsets));
    SortedMap<Integer, String> texts = new TreeMap<>();
    watermarks.forEach((partition, watermark) -> texts.put(partition, watermark.toText()));
    summary.put(WATERMARKS, json(texts));
    summary.put(COMMIT_ID, commitId);
    summary.put(RECORDS, Long.toString(records));
    putTime(summary, COMMITTED_AT, committedAtMicros);
    putTime(summary, APPLIED_AT, appliedAtMicros);
    summary.put(EPOCH, Integer.toString(epoch));
    summary.put(OLDEST_EPOCH, Integer.toString(oldestEpoch));
    if (!erasedBelow.equals(Version.NONE)) {
      summary.put(ERASED_BELOW, erasedBelow.toString());
    }
    return summary;
  }

  /** Whether these entries were made by {@link #toSummary()}. */
  static boolean isIn(Map<String, String> summary) {
    return summary != null && summary.containsKey(NEXT_OFFSETS);
  }

  /**
   * Reads what {@link #toSummary()} wrote.
   *
   * @throws IllegalStateException if it is not that: guessing a position would lose or repeat rows
   */
  static Positions of(Map<String, String> summary) {
    try {
      SortedMap<Integer, Watermark> watermarks = new TreeMap<>();
      JSON.readValue(
              summary.getOrDefault(WATERMARKS, "{}"),
              new TypeReference<TreeMap<Integer, String>>() {})
          .forEach((partition, text) -> watermarks.put(partition, Watermark.fromText(text)));
      return new Positions(
          summary.get(TOPIC),
          JSON.readValue(summary.get(NEXT_OFFSETS), new TypeReference<TreeMap<Integer, Long>>() {}),
          watermarks,
          summary.get(COMMIT_ID),
          Long.parseLong(summary.getOrDefault(RECORDS, "0")),
          time(summary, COMMITTED_AT),
          time(summary, APPLIED_AT),
          Integer.parseInt(summary.getOrDefault(EPOCH, "0")),
          Integer.parseInt(summary.getOrDefault(OLDEST_EPOCH, "0")),
          Version.parse(summary.getOrDefault(ERASED_BELOW, "0/0/0")));
    } catch (JsonProcessingException | RuntimeException e) {
      throw new IllegalStateException(
          "The position in the snapshot summary cannot be read: " + summary, e);
    }
  }

  private static void putTime(Map<String, String> summary, String key, long micros) {
    if (micros != 0) {
      summary.put(key, Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString());
    }
  }

  private static long time(Map<String, String> summary, String key) {
    String text = summary.get(key);
    return text == null ? 0 : ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(text));
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A map of numbers can be written as JSON", e);
    }
  }
}
