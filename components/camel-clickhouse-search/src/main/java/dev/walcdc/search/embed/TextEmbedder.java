package dev.walcdc.search.embed;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.WideColumns;
import dev.walcdc.clickhouse.ClickHouseConstants;
import dev.walcdc.clickhouse.ClickHouseException;
import dev.walcdc.clickhouse.ClickHouseServer;
import dev.walcdc.clickhouse.Sql;
import dev.walcdc.clickhouse.TableName;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.search.TextModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every text of a batch its vector, before the log's position moves past the batch. A text
 * that has one is not computed again, whoever computed it and at whatever row it was. When {@link
 * #embed} throws, what was done stays, and the next attempt does the rest. Safe to call at the same
 * time for batches of different tables.
 *
 * <p>Deletions, TRUNCATEs and fences need nothing here: a search looks at the rows. A value that an
 * update left out did not change, so its text is there already.
 */
public final class TextEmbedder {

  private static final Logger LOG = LoggerFactory.getLogger(TextEmbedder.class);

  /** Texts that are looked up, computed and written together: they are in memory with vectors. */
  private static final int ENTRIES_PER_ROUND = 256;

  private final ClickHouseServer server;
  private final String database;
  private final EmbeddedColumns columns;
  private final WideColumns wideColumns;
  private final TextModel model;
  private final Map<String, Plan> plans = new ConcurrentHashMap<>();

  /**
   * @param database of all tables, or {@link ClickHouseConstants#DATABASE_PER_SCHEMA}
   * @param columns whose texts are embedded
   * @param wideColumns those that the sink keeps as text: keys are written as it has them
   */
  public TextEmbedder(
      ClickHouseServer server,
      String database,
      EmbeddedColumns columns,
      WideColumns wideColumns,
      TextModel model) {
    this.server = server;
    this.database = database;
    this.columns = columns;
    this.wideColumns = wideColumns;
    this.model = model;
  }

  /** What to do for a table as it was last; table null where it has nothing to embed. */
  private record Plan(
      TableSchema schema, int[] texts, int[] key, TextTable table, RecentPlaces recent) {}

  /**
   * Embeds the texts of one batch that the sink has applied.
   *
   * @throws ClickHouseException if ClickHouse cannot be reached or refuses
   */
  public void embed(ChangeBatch batch) {
    if (columns.isNone() || batch.changes().isEmpty()) {
      return;
    }
    Plan plan = planFor(batch.schema());
    if (plan.table() == null) {
      return;
    }
    // A key's column may be among those that the sink keeps as text.
    ChangeBatch seen = wideColumns.asText(batch);
    Map<TextEntry.Place, TextEntry> round = new LinkedHashMap<>();
    try {
      for (RowChange change : seen.changes()) {
        collect(change, plan, seen.schema(), round);
        if (round.size() >= ENTRIES_PER_ROUND) {
          store(plan, round);
        }
      }
      store(plan, round);
    } catch (ClickHouseException e) {
      // Somebody may have dropped the table: the next attempt looks again.
      plans.remove(batch.schema().qualifiedName());
      throw e;
    }
  }

  private static void collect(
      RowChange change, Plan plan, TableSchema schema, Map<TextEntry.Place, TextEntry> round) {
    if (change.isDelete()) {
      return;
    }
    List<String> key = null;
    for (int i : plan.texts()) {
      if (change.row()[i] instanceof String text && !text.isBlank()) {
        key = key == null ? KeyText.of(change.row(), schema, plan.key()) : key;
        TextEntry entry = TextEntry.of(key, text);
        // What is read again may be so because somebody has dropped the texts.
        if (change.point().operation() == Operation.READ || !plan.recent().has(entry.place())) {
          round.put(entry.place(), entry);
        }
      }
    }
  }

  private void store(Plan plan, Map<TextEntry.Place, TextEntry> round) {
    if (round.isEmpty()) {
      return;
    }
    TextTable.Known known = plan.table().known(round.values());
    Map<String, TextEntry> unknown = new LinkedHashMap<>();
    List<TextEntry> elsewhere = new ArrayList<>();
    List<TextEntry> fresh = new ArrayList<>();
    for (TextEntry entry : round.values()) {
      if (!known.hashes().contains(entry.hash())) {
        unknown.put(entry.hash(), entry);
        fresh.add(entry);
      } else if (!known.places().contains(entry.place())) {
        elsewhere.add(entry);
      }
    }
    if (!elsewhere.isEmpty()) {
      plan.table().addPlaces(elsewhere);
    }
    if (!fresh.isEmpty()) {
      List<TextEntry> texts = List.copyOf(unknown.values());
      List<float[]> vectors = model.vectors(texts.stream().map(TextEntry::text).toList());
      plan.table().add(fresh, TextTable.byHash(texts, vectors));
    }
    round.keySet().forEach(plan.recent()::add);
    round.clear();
  }

  private Plan planFor(TableSchema schema) {
    Plan last = plans.get(schema.qualifiedName());
    if (last != null && last.schema().equals(schema)) {
      return last;
    }
    Plan next = plan(schema);
    plans.put(schema.qualifiedName(), next);
    return next;
  }

  private Plan plan(TableSchema schema) {
    int[] texts = columns.placesIn(schema);
    if (texts.length == 0) {
      return new Plan(schema, texts, new int[0], null, null);
    }
    if (!schema.hasKey()) {
      LOG.warn(
          "Table `{}` is not searchable: it has no primary key, so a text does not lead to its row."
              + " Add one at the source",
          schema.qualifiedName());
      return new Plan(schema, texts, new int[0], null, null);
    }
    boolean perSchema = database.equals(ClickHouseConstants.DATABASE_PER_SCHEMA);
    TableName name = new TableName(perSchema ? schema.schema() : database, schema.table()).texts();
    TextTable table = new TextTable(server, name);
    server.execute("CREATE DATABASE IF NOT EXISTS " + Sql.identifier(name.database()));
    table.create(model.name(), model.dimension());
    LOG.info("Texts of table `{}` go to {}", schema.qualifiedName(), name);
    return new Plan(schema, texts, schema.keyIndexes(), table, new RecentPlaces());
  }
}
