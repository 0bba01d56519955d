package dev.walcdc.iceberg;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.ShadowState;
import dev.walcdc.schema.SchemaNumber;
import dev.walcdc.schema.TableSchema;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.iceberg.BaseTable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the batches of one topic: to its table, and while that is made anew because it cannot
 * follow the source, to the table or its shadow, each by the definition that it was written under.
 * The shadow's state is a property of the table, noted before the data that it speaks of are
 * committed: it counts once the shadow has come to the offsets that it names. A shadow has
 * positions of its own; the topic is applied up to the higher of both in each partition, for a
 * batch goes to one of them, and the next comes after it is durable.
 *
 * <p>All methods exclude each other.
 */
final class TopicSink {

  private static final Logger LOG = LoggerFactory.getLogger(TopicSink.class);

  private final String topic;
  private final LakeTables tables;
  private final TableSink table;

  /** Null where the table was never made anew. */
  private ShadowState state;

  /** Null where no shadow is being made. */
  private TableSink shadow;

  private boolean looked;
  private volatile boolean released;

  TopicSink(String topic, LakeTables tables) {
    this.topic = topic;
    this.tables = tables;
    this.table = new TableSink(topic, tables);
  }

  /** The topic's position now; from here on this writer holds the tables to be its own. */
  synchronized SortedMap<Integer, Long> takeOver() {
    released = false;
    looked = false;
    SortedMap<Integer, Long> offsets = new TreeMap<>(table.takeOver());
    tables.find(topic).ifPresent(this::look);
    if (shadow != null) {
      shadow.takeOver().forEach((partition, next) -> offsets.merge(partition, next, Math::max));
    }
    return offsets;
  }

  /** As {@link TableSink#release()}. */
  void release() {
    released = true;
    table.release();
    TableSink other = shadow;
    if (other != null) {
      other.release();
    }
  }

  /** As {@link TableSink#commitPosition}; an exchange that a crash prevented is made as well. */
  synchronized void commitPosition(Duration atLeast) {
    if (released || !looked) {
      return;
    }
    exchangeIfWhole();
    table.commitPosition(atLeast);
    if (shadow != null) {
      shadow.commitPosition(atLeast);
    }
  }

  /**
   * Applies a batch: all of it, or nothing.
   *
   * @throws RefusedChangeException if it can never be applied as it is
   * @throws RefusedChangesException if that is because of several changes
   * @throws SecondWriterException if a table is not where this writer left it
   * @throws UnknownOutcomeException if it may have been applied; trying again is safe
   */
  synchronized void apply(ChangeBatch batch) {
    TableSchema schema = batch.schema();
    if (!looked) {
      tables.load(schema).ifPresent(this::look);
      looked = true;
    }
    exchangeIfWhole();
    if (shadow != null && !state.isOfOldTable(schema)) {
      if (state.isOfShadow(schema)) {
        applyToShadow(batch);
      } else {
        pass(batch);
      }
    } else if (shadow == null && state != null && !state.isOfShadow(schema)) {
      pass(batch);
    } else {
      applyToTable(batch);
    }
  }

  private void applyToTable(ChangeBatch batch) {
    try {
      table.apply(batch);
    } catch (NotInPlaceException e) {
      if (shadow != null) {
        pass(batch); // The shadow is of a later definition than this one.
        return;
      }
      if (!ShadowState.isPossible(batch.schema(), e.schemaChange().from())) {
        throw e;
      }
      begin(ShadowState.begin(batch.schema()), batch.schema(), e);
      applyToShadow(batch);
    }
  }

  private void applyToShadow(ChangeBatch batch) {
    ShadowState next = state.after(batch);
    if (next != state) {
      note(next, batch.schema());
    }
    try {
      shadow.apply(batch);
    } catch (NotInPlaceException e) {
      if (!ShadowState.isPossible(batch.schema(), e.schemaChange().from())) {
        throw e;
      }
      // The shadow's position goes with it.
      table.pass(shadow.nextOffsets());
      table.commitPosition(Duration.ZERO);
      begin(state.beginAgain(batch.schema()), batch.schema(), e);
      shadow.apply(batch);
    }
    exchangeIfWhole();
  }

  /** What has no effect: it was written under a definition that the table is read again for. */
  private void pass(ChangeBatch batch) {
    SortedMap<Integer, Long> offsets = new TreeMap<>();
    batch
        .progress()
        .forEach((partition, progress) -> offsets.put(partition, progress.nextOffset()));
    table.pass(offsets);
  }

  private void begin(ShadowState first, TableSchema schema, NotInPlaceException cause) {
    LakeTable noted = note(first, schema);
    dropOthers(schema, SchemaEvolution.applied(noted.operations().current()));
    shadow = TableSink.ofShadow(topic, tables.shadows(first.founded()));
    LOG.info(
        "Table {} is made anew as {}, for `{}` is at {}: {} Readers keep what there is until capture has read all rows again; if it does not, resync the table",
        tables.identifier(schema),
        tables.shadows(first.founded()).identifier(schema),
        schema.qualifiedName(),
        first.founded(),
        cause.getMessage());
  }

  private LakeTable note(ShadowState next, TableSchema schema) {
    LakeTable noted = tables.load(schema).orElseThrow();
    new BaseTable(noted.operations(), noted.name())
        .updateProperties()
        .set(LakeTables.SHADOW, next.toText())
        .commit();
    state = next;
    return noted;
  }

  /** Finds what a process before has left. */
  private void look(LakeTable found) {
    looked = true;
    shadow = null;
    String note = found.operations().current().property(LakeTables.SHADOW, null);
    state = note == null ? null : ShadowState.parse(note);
    TableSchema applied = SchemaEvolution.applied(found.operations().current());
    if (state != null && state.founded().isAfter(SchemaNumber.of(applied))) {
      shadow = TableSink.ofShadow(topic, tables.shadows(state.founded()));
    }
    if (state != null) {
      dropOthers(applied, applied);
    }
  }

  /**
   * Drops a table of the shadow's name but the one that is being filled: it was given up, or has
   * taken the table's place. Then its files are the table's.
   */
  private void dropOthers(TableSchema schema, TableSchema applied) {
    LakeTables shadows = tables.shadows(state.founded());
    Optional<LakeTable> found = shadows.load(schema);
    if (found.isEmpty()) {
      return;
    }
    String founded = found.get().operations().current().property(LakeTables.FOUNDED, "0/0");
    boolean taken = !SchemaNumber.parse(founded).isAfter(SchemaNumber.of(applied));
    if (taken || !founded.equals(state.founded().toString())) {
      shadows.drop(schema, !taken);
    }
  }

  private void exchangeIfWhole() {
    if (shadow == null || !state.whole()) {
      return;
    }
    // The last end of the reading may have had no effect on the rows, so that no commit says it.
    shadow.commitPosition(Duration.ZERO);
    LakeTables shadows = tables.shadows(state.founded());
    LakeTable made = shadows.find(topic).orElse(null);
    if (made == null) {
      return; // Its first batch is yet to come again.
    }
    Positions position = PositionHistory.latest(made.operations().current(), topic);
    if (!state.isReached(position.nextOffsets())) {
      return;
    }
    TableSchema applied = SchemaEvolution.applied(made.operations().current());
    table.replaceBy(made, Map.of(LakeTables.SHADOW, state.toText()));
    shadow = null;
    shadows.drop(applied, false);
    LOG.info(
        "Table {} was made anew and is at {} of its source",
        tables.identifier(applied),
        SchemaNumber.of(applied));
  }
}
