package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.ClickHouseConstants.DELETED_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.VERSION_COLUMN;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.schema.TableSchema;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Replaces the values that the source left out of an update, because they did not change, by those
 * of the row as it stands in ClickHouse: one query for many rows. A change that the table has
 * already passed, or that an erasure outranks, needs nothing and is left out. Never NULL, never a
 * placeholder, never the value of another row. Safe to share.
 */
final class ToastFiller {

  /** Rows of one query: the values of as many are in memory, and they are the wide ones. */
  private static final int ROWS_PER_QUERY = 1_000;

  /** The keys are in the query's text, which by default may be no longer than 256 KiB. */
  private static final Map<String, String> LONG_QUERY =
      Map.of(
          "max_query_size", "1073741824",
          "max_ast_elements", "10000000",
          "max_expanded_ast_elements", "10000000");

  private final ClickHouseServer server;
  private final Eraser eraser;

  /**
   * @param eraser knows what was erased
   */
  ToastFiller(ClickHouseServer server, Eraser eraser) {
    this.server = server;
    this.eraser = eraser;
  }

  /**
   * Hands on the same changes with every value known, in several parts: those that were complete
   * first, then the others, so that only a few filled rows are held at a time.
   *
   * @param shadow whether the table is only being filled: an update of a row that it does not have
   *     is left out then, for the whole row is yet to be read, with a higher version
   * @param writer writes one part; never an empty one
   * @throws RefusedChangeException if the row that holds the missing value is not in ClickHouse
   * @throws RefusedChangesException if that is so for several changes
   */
  void fill(
      TableLayout layout,
      TableSchema schema,
      List<RowChange> changes,
      boolean shadow,
      Consumer<List<RowChange>> writer) {
    List<RowChange> incomplete = changes.stream().filter(ToastFiller::isIncomplete).toList();
    List<RowChange> part =
        incomplete.isEmpty()
            ? changes
            : new ArrayList<>(changes.stream().filter(change -> !isIncomplete(change)).toList());
    long filledBytes = 0;
    for (int i = 0; i < incomplete.size(); i += ROWS_PER_QUERY) {
      if (filledBytes >= TableWriter.MAX_BYTES_PER_INSERT) {
        writer.accept(part);
        part = new ArrayList<>();
        filledBytes = 0;
      }
      Round round = new Round(layout, schema, shadow);
      round.fill(incomplete.subList(i, Math.min(i + ROWS_PER_QUERY, incomplete.size())), part);
      filledBytes += round.filledBytes;
    }
    if (!part.isEmpty()) {
      writer.accept(part);
    }
  }

  private static boolean isIncomplete(RowChange change) {
    if (change.isDelete()) {
      return false; // A tombstone carries nothing but its key.
    }
    for (Object value : change.row()) {
      if (value == Unchanged.TOAST) {
        return true;
      }
    }
    return false;
  }

  /** One query and what is made of its answer. */
  private final class Round {

    private final TableLayout layout;
    private final TableSchema schema;
    private final int[] key;
    private final boolean shadow;
    private BigInteger erasedBelow;
    private long filledBytes;

    Round(TableLayout layout, TableSchema schema, boolean shadow) {
      this.layout = layout;
      this.schema = schema;
      this.shadow = shadow;
      this.key = schema.keyIndexes();
    }

    void fill(List<RowChange> incomplete, List<RowChange> filled) {
      incomplete.forEach(this::requireKey);
      int[] missing =
          IntStream.range(0, schema.columns().size())
              .filter(i -> incomplete.stream().anyMatch(c -> c.row()[i] == Unchanged.TOAST))
              .toArray();
      Map<List<Object>, Object[]> present = read(incomplete, missing);
      List<RefusedChangeException> refused = new ArrayList<>();
      for (RowChange change : incomplete) {
        try {
          RowChange complete = complete(change, present.get(identity(change.row())), missing);
          if (complete != null) {
            filled.add(complete);
          }
        } catch (RefusedChangeException e) {
          refused.add(e);
        }
      }
      if (!refused.isEmpty()) {
        throw RefusedChangesException.of(refused);
      }
    }

    private void requireKey(RowChange change) {
      for (int i : key) {
        Object value = change.row()[i];
        if (value == null || value == Unchanged.TOAST) {
          throw refused(change, "its key is not complete");
        }
      }
    }

    /** Without FINAL, which would not show the tombstone of a row that is gone. */
    private Map<List<Object>, Object[]> read(List<RowChange> incomplete, int[] missing) {
      String keys = Sql.identifiers(schema.key());
      // Cast, so that a column that another process altered meanwhile is read as what it was.
      String values =
          Arrays.stream(missing)
              .mapToObj(
                  i ->
                      "CAST(%s, %s)".formatted(Sql.identifier(name(i)), Sql.literal(type(i).sql())))
              .collect(Collectors.joining(", "));
      String wanted =
          incomplete.stream()
              .map(change -> keyValues(change.row()))
              .collect(Collectors.joining(","));
      List<ClickHouseType> types = new ArrayList<>();
      Arrays.stream(key).forEach(i -> types.add(type(i)));
      types.add(ClickHouseType.of(ClickHouseType.Kind.STRING));
      types.add(ClickHouseType.of(ClickHouseType.Kind.BOOL));
      Arrays.stream(missing).forEach(i -> types.add(type(i)));
      String version = Sql.identifier(VERSION_COLUMN);
      String deleted = Sql.identifier(DELETED_COLUMN);
      String sql =
          "SELECT %s, toString(%s), %s, %s FROM %s WHERE (%s) IN (%s) ORDER BY %s, %s DESC LIMIT 1 BY %s"
              .formatted(
                  keys,
                  version,
                  deleted,
                  values,
                  layout.name().sql(),
                  keys,
                  wanted,
                  keys,
                  version,
                  keys);
      Map<List<Object>, Object[]> present = new HashMap<>();
      for (Object[] row : server.query(sql, types, LONG_QUERY)) {
        List<Object> identity = new ArrayList<>(key.length);
        for (int i = 0; i < key.length; i++) {
          identity.add(comparable(row[i]));
        }
        present.put(identity, Arrays.copyOfRange(row, key.length, row.length));
      }
      return present;
    }

    /** Null if the table has passed the change already. */
    private RowChange complete(RowChange change, Object[] present, int[] missing) {
      BigInteger version =
          present == null ? BigInteger.ZERO : new BigInteger(RowBinaryInput.text(present[0]));
      if (version.compareTo(change.version().toBigInteger()) >= 0) {
        return null;
      }
      String reason = reasonToRefuse(change, present);
      if (reason != null) {
        if (isErased(change) || (shadow && present == null && change.isUpdateOnly())) {
          return null;
        }
        throw refused(change, reason);
      }
      Object[] row = change.row().clone();
      for (int i = 0; i < missing.length; i++) {
        if (row[missing[i]] == Unchanged.TOAST) {
          row[missing[i]] = present[2 + i];
          filledBytes += present[2 + i] instanceof byte[] bytes ? bytes.length : 0;
        }
      }
      return change.withRow(row);
    }

    /** Null if the row in ClickHouse is the one that the change updated. */
    private static String reasonToRefuse(RowChange change, Object[] present) {
      if (present == null) {
        return "no such row is in ClickHouse";
      }
      if ((Boolean) present[1]) {
        return "the row was deleted in ClickHouse before";
      }
      // A row whose key changes is streamed as a deletion and a creation, which leaves values out
      // like an update: what ClickHouse has under its new key is another row.
      return change.isUpdateOnly()
          ? null
          : "it got its key only now, so ClickHouse has another row under it";
    }

    /** A replay may show an update between a row's creation and its TRUNCATE. */
    private boolean isErased(RowChange change) {
      if (erasedBelow == null) {
        erasedBelow = eraser.erasedBelow(layout.name());
      }
      return change.version().toBigInteger().compareTo(erasedBelow) < 0;
    }

    private String keyValues(Object[] row) {
      return Arrays.stream(key)
          .mapToObj(i -> SqlValues.of(row[i], type(i)))
          .collect(Collectors.joining(",", "(", ")"));
    }

    private List<Object> identity(Object[] row) {
      return Arrays.stream(key).mapToObj(i -> comparable(row[i])).toList();
    }

    private String name(int index) {
      return schema.columns().get(index).name();
    }

    private ClickHouseType type(int index) {
      return layout.columns().get(name(index));
    }

    private RefusedChangeException refused(RowChange change, String reason) {
      String columns =
          IntStream.range(0, change.row().length)
              .filter(i -> change.row()[i] == Unchanged.TOAST)
              .mapToObj(i -> "`" + name(i) + "`")
              .collect(Collectors.joining(", "));
      return new RefusedChangeException(
          schema.qualifiedName(),
          change,
          "An update of table `%s`, row with %s, does not carry the unchanged %s, and %s. %s"
              .formatted(
                  schema.qualifiedName(),
                  RowLabel.of(change, schema),
                  columns,
                  reason,
                  "Run `ALTER TABLE %s REPLICA IDENTITY FULL` at the source, and resync the row."
                      .formatted(schema.qualifiedName())));
    }
  }

  /** The same for a value of the batch and for the same value read back. */
  private static Object comparable(Object value) {
    if (value instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    }
    if (value instanceof String text) {
      return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
    return value instanceof Integer number ? Long.valueOf(number) : value;
  }
}
