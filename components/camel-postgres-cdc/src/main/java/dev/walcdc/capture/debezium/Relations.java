package dev.walcdc.capture.debezium;

import dev.walcdc.capture.StreamedTable;
import dev.walcdc.capture.source.Relation;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import io.debezium.config.Configuration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.connect.data.Schema;

/**
 * Hands on what the stream says of tables, from the thread that reads it to the one that captures.
 * Debezium makes a Connect schema of each description, and its records carry that: by it the two
 * are brought together. Debezium's records are in a queue of bounded length, and each description
 * but a table's last has a record that comes after it, so these are bounded too.
 */
final class Relations {

  /** Debezium makes its tasks by itself, so what they are to use is found by a property. */
  private static final String PROPERTY = "walcdc.relations";

  private static final Map<String, Relations> SHARED = new ConcurrentHashMap<>();

  private final Function<Relation, StreamedTable> describer;
  private final Map<TableName, Queue<Described>> waiting = new HashMap<>();
  private StreamedTable current;

  private record Described(Schema envelope, StreamedTable table) {}

  /**
   * @param describer called by the thread that reads
   */
  Relations(Function<Relation, StreamedTable> describer) {
    this.describer = describer;
  }

  /** The property by which an engine's task finds these; {@link #forget} them when it has ended. */
  Map.Entry<String, String> share() {
    String id = UUID.randomUUID().toString();
    SHARED.put(id, this);
    return Map.entry(PROPERTY, id);
  }

  /** What was shared with the engine of this configuration. */
  static Relations shared(Configuration engine) {
    return SHARED.get(engine.getString(PROPERTY));
  }

  static void forget(String id) {
    SHARED.remove(id);
  }

  /** Begins a description, before Debezium makes its own of it. For the thread that reads. */
  void begin(Relation relation) {
    current = describer.apply(relation);
  }

  /** The key of the table that is being described. For the thread that reads. */
  List<String> currentKey() {
    return current.key();
  }

  /**
   * Ends a description. For the thread that reads.
   *
   * @param envelope what Debezium's records will carry; null if it makes no records of the table
   */
  synchronized void end(Schema envelope) {
    if (envelope != null) {
      waiting
          .computeIfAbsent(current.name(), name -> new ArrayDeque<>())
          .add(new Described(envelope, current));
    }
    current = null;
  }

  /**
   * The description that Debezium made this schema of; null if it came from elsewhere, as those of
   * a snapshot do. Forgets the earlier ones of the table. For the thread that captures.
   */
  @SuppressWarnings("ReferenceEquality") // A table may be described twice in equal words.
  synchronized StreamedTable of(TableName table, Schema envelope) {
    Queue<Described> described = waiting.getOrDefault(table, new ArrayDeque<>());
    if (described.stream().noneMatch(d -> d.envelope() == envelope)) {
      return null;
    }
    Described next = described.remove();
    while (next.envelope() != envelope) {
      next = described.remove();
    }
    return next.table();
  }
}
