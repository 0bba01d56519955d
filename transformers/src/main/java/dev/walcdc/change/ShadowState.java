package dev.walcdc.change;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.walcdc.schema.SchemaNumber;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a sink notes on a table that it makes anew (a shadow), because the one that it has cannot
 * follow its source: which changes belong there, and how far the reading is that fills it. The
 * shadow gets every record under the definition that it was begun with, or a later one, and no
 * other. So it is whole once every partition has brought an erasure of all rows below a point at or
 * after the beginning of that definition: what was not written under it is gone by then, or was
 * read again. Immutable.
 *
 * @param leaves the first definition that the old table cannot follow: earlier ones are its own
 * @param founded the definition that the shadow was begun with. Those between the two had a shadow
 *     of their own, which was given up: what was written under them is read again
 * @param since LSN from which on {@code founded} holds
 * @param passed partitions that have brought such an erasure, and the next offset after the batch
 *     that it came with
 * @param whole whether all have: it takes the old table's place, or has taken it
 */
public record ShadowState(
    SchemaNumber leaves,
    SchemaNumber founded,
    long since,
    SortedMap<Integer, Long> passed,
    boolean whole) {

  /** What the name of a shadow ends with, in every sink. */
  public static final String TABLE_SUFFIX = "_walcdc_shadow";

  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  public ShadowState {
    passed = Collections.unmodifiableSortedMap(new TreeMap<>(passed));
  }

  /**
   * Whether a table can be made anew for changes under this schema: it is known since when it
   * holds, and it is not what the table is at already. Then capture has noticed the change, and
   * reads the table again.
   *
   * @param applied what the table follows
   */
  public static boolean isPossible(TableSchema schema, TableSchema applied) {
    return schema.origin() != null && SchemaNumber.of(schema).isAfter(SchemaNumber.of(applied));
  }

  /** A shadow that begins with this schema. */
  public static ShadowState begin(TableSchema schema) {
    SchemaNumber number = SchemaNumber.of(schema);
    return new ShadowState(
        number, number, schema.origin().sinceLsn(), Collections.emptySortedMap(), false);
  }

  /** The shadow that takes the place of this one, which cannot follow the schema either. */
  public ShadowState beginAgain(TableSchema schema) {
    ShadowState next = begin(schema);
    return new ShadowState(leaves, next.founded, next.since, next.passed, false);
  }

  /** Whether changes under this schema belong into the old table. */
  public boolean isOfOldTable(TableSchema schema) {
    return SchemaNumber.of(schema).isBefore(leaves);
  }

  /** Whether changes under this schema belong into the shadow. */
  public boolean isOfShadow(TableSchema schema) {
    return !SchemaNumber.of(schema).isBefore(founded);
  }

  /**
   * The state once this batch, which belongs into the shadow, is applied there; the same object
   * where it is the same.
   */
  public ShadowState after(ChangeBatch batch) {
    Version beginning = Version.of(founded.epoch(), since, 0);
    SortedMap<Integer, Long> next = new TreeMap<>(passed);
    batch
        .progress()
        .forEach(
            (partition, progress) -> {
              if (progress.erasedBelow().compareTo(beginning) >= 0) {
                next.putIfAbsent(partition, progress.nextOffset());
              }
            });
    boolean all = batch.partitions() > 0 && next.size() >= batch.partitions();
    return next.equals(passed) && all == whole
        ? this
        : new ShadowState(leaves, founded, since, next, whole || all);
  }

  /** Whether a shadow at these offsets, by partition, has all that made it whole. */
  public boolean isReached(Map<Integer, Long> nextOffsets) {
    return whole
        && passed.entrySet().stream()
            .allMatch(each -> nextOffsets.getOrDefault(each.getKey(), 0L) >= each.getValue());
  }

  /** As {@link #parse} reads it: one line of JSON. */
  public String toText() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Numbers can be written as JSON", e);
    }
  }

  /**
   * Reads what {@link #toText()} wrote.
   *
   * @throws IllegalArgumentException if it is not that
   */
  public static ShadowState parse(String text) {
    try {
      return JSON.readValue(text.getBytes(StandardCharsets.UTF_8), ShadowState.class);
    } catch (IOException e) {
      throw new IllegalArgumentException("Not a note on a shadow table: " + text, e);
    }
  }
}
