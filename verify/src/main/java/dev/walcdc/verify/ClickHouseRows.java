package dev.walcdc.verify;

import dev.walcdc.change.ShadowState;
import dev.walcdc.change.Version;
import dev.walcdc.schema.Carrier;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the views of present rows from ClickHouse over HTTP, as a stream. */
final class ClickHouseRows implements PlacedSink {

  private static final Logger LOG = LoggerFactory.getLogger(ClickHouseRows.class);

  private static final String VIEW_SUFFIX = "_current";

  /** Of an unsigned number of 128 bits. */
  private static final int MOST_DIGITS = 39;

  private static final int KEYS_A_QUERY = 1_000;

  /** By default the server parses no query of more than 262,144 bytes. */
  private static final int KEY_CHARACTERS_A_QUERY = 60_000;

  private static final int BUFFER = 1 << 16;
  private static final int LONGEST_MESSAGE = 2_000;

  /** Begins every row: an error in the middle of an answer is text in the place of a row. */
  private static final int ROW = 1;

  private final ClickHouseAccess access;
  private final ClickHouseHttp server;

  ClickHouseRows(ClickHouseAccess access) {
    this.access = access;
    this.server = new ClickHouseHttp(access);
  }

  @Override
  public String name() {
    return "clickhouse";
  }

  @Override
  public String tableName(TablePlan plan) {
    return access.databaseOf(plan.table().schema()) + "." + plan.table().table() + VIEW_SUFFIX;
  }

  @Override
  public boolean hasTable(TablePlan plan) {
    String shadow = plan.table().table() + ShadowState.TABLE_SUFFIX;
    query(
        plan,
        "SELECT toUInt8(%d), CAST(name AS Nullable(String)) FROM system.tables WHERE database = %s AND name = %s"
            .formatted(
                ROW,
                Names.clickHouseLiteral(access.databaseOf(plan.table().schema())),
                Names.clickHouseLiteral(shadow)),
        new Carrier[1],
        row -> {
          throw SinkFailure.madeAnew(tableName(plan), shadow);
        });
    return !presentColumns(plan).isEmpty();
  }

  private String view(TablePlan plan) {
    return Names.clickHouse(access.databaseOf(plan.table().schema()))
        + "."
        + Names.clickHouse(plan.table().table() + VIEW_SUFFIX);
  }

  /** The view's columns and whether each is text. */
  private Map<String, Boolean> presentColumns(TablePlan plan) {
    Map<String, Boolean> columns = new HashMap<>();
    query(
        plan,
        "SELECT toUInt8(%d), CAST(name AS Nullable(String)), CAST(type LIKE '%%String%%' AS Nullable(String)) FROM system.columns WHERE database = %s AND table = %s"
            .formatted(
                ROW,
                Names.clickHouseLiteral(access.databaseOf(plan.table().schema())),
                Names.clickHouseLiteral(plan.table().table() + VIEW_SUFFIX)),
        new Carrier[2],
        row -> columns.put(row.text(0, Integer.MAX_VALUE), row.text(1, 1).equals("1")));
    return columns;
  }

  @Override
  public long scan(TablePlan plan, RowVisitor visitor) {
    Map<String, Boolean> present = presentColumns(plan);
    return query(plan, select(plan, present), printed(plan, present), visitor);
  }

  @Override
  public long count(TablePlan plan) {
    if (!hasTable(plan)) {
      return 0;
    }
    AtomicLong count = new AtomicLong();
    query(
        plan,
        "SELECT toUInt8(%d), CAST(toString(count()) AS Nullable(String)) FROM %s"
            .formatted(ROW, view(plan)),
        new Carrier[1],
        row -> count.set(Long.parseLong(row.text(0, Integer.MAX_VALUE))));
    return count.get();
  }

  @Override
  public void find(TablePlan plan, Collection<RowKey> keys, RowVisitor visitor) {
    Map<String, Boolean> present = presentColumns(plan);
    String select = select(plan, present);
    Carrier[] printed = printed(plan, present);
    List<String> tuples = new ArrayList<>();
    int characters = 0;
    for (RowKey key : keys) {
      String tuple = tuple(plan, key, printed);
      if (tuple == null) {
        continue;
      }
      tuples.add(tuple);
      characters += tuple.length();
      if (tuples.size() == KEYS_A_QUERY || characters > KEY_CHARACTERS_A_QUERY) {
        query(plan, select + where(plan, tuples), printed, visitor);
        tuples.clear();
        characters = 0;
      }
    }
    if (!tuples.isEmpty()) {
      query(plan, select + where(plan, tuples), printed, visitor);
    }
  }

  @Override
  public PlacedRows place(TablePlan plan, String topic) {
    SortedMap<Integer, Long> applied = applied(plan, topic);
    return new PlacedRows() {
      @Override
      public SortedMap<Integer, Long> applied() {
        return applied;
      }

      @Override
      public boolean isPinned() {
        return false;
      }

      @Override
      public long scan(Version since, PlacedRows.PlacedVisitor visitor) {
        return hasTable(plan) ? scanVersions(plan, since, visitor) : 0;
      }
    };
  }

  /** Offset of the topic to apply next, by partition, as the sink has written it down. */
  private SortedMap<Integer, Long> applied(TablePlan plan, String topic) {
    SortedMap<Integer, Long> applied = new TreeMap<>();
    boolean[] exists = {false};
    query(
        plan,
        "SELECT toUInt8(%d) FROM system.tables WHERE database = 'walcdc' AND name = 'applied'"
            .formatted(ROW),
        new Carrier[0],
        row -> exists[0] = true);
    if (exists[0]) {
      query(
          plan,
          "SELECT toUInt8(%d), CAST(toString(partition) AS Nullable(String)), CAST(toString(next_offset) AS Nullable(String)) FROM walcdc.applied FINAL WHERE topic = %s"
              .formatted(ROW, Names.clickHouseLiteral(topic)),
          new Carrier[2],
          row ->
              applied.put(
                  Integer.valueOf(row.text(0, Integer.MAX_VALUE)),
                  Long.valueOf(row.text(1, Integer.MAX_VALUE))));
    }
    return applied;
  }

  /** One statement, which sees one state of the table: batches that come meanwhile do not show. */
  private long scanVersions(TablePlan plan, Version since, PlacedRows.PlacedVisitor visitor) {
    Map<String, Boolean> present = presentColumns(plan);
    List<String> more = new ArrayList<>();
    if (!plan.hasKey()) {
      PlacedRows.KEYLESS_IDENTITY.forEach(name -> more.add("toString(%s)".formatted(name)));
    }
    // As text only where it matters, for most rows are old.
    more.add(
        "if(_version >= toUInt128('%s'), toString(_version), '')".formatted(since.toBigInteger()));
    Carrier[] printed = Arrays.copyOf(printed(plan, present), plan.columns().size() + more.size());
    int version = printed.length - 1;
    String sql =
        "SELECT toUInt8(%d)%s%s FROM %s.%s FINAL"
            .formatted(
                ROW,
                columns(plan, present),
                more.stream()
                    .map(", CAST(%s AS Nullable(String))"::formatted)
                    .collect(Collectors.joining()),
                Names.clickHouse(access.databaseOf(plan.table().schema())),
                Names.clickHouse(plan.table().table()));
    return query(
        plan, sql, printed, row -> visitor.row(row, version(row.text(version, MOST_DIGITS))));
  }

  private static Version version(String digits) {
    if (digits.isEmpty()) {
      return null;
    }
    BigInteger number = new BigInteger(digits);
    return new Version(number.shiftRight(Long.SIZE).longValue(), number.longValue());
  }

  /** For each column what its text is to be read as; null where it is canonical already. */
  private static Carrier[] printed(TablePlan plan, Map<String, Boolean> present) {
    return plan.columns().stream()
        .map(column -> isWide(column, present) ? column.carrier() : null)
        .toArray(Carrier[]::new);
  }

  private static boolean isWide(ComparedColumn column, Map<String, Boolean> present) {
    return column.isWide(present.getOrDefault(column.name(), false));
  }

  private String select(TablePlan plan, Map<String, Boolean> present) {
    return "SELECT toUInt8(%d)%s FROM %s".formatted(ROW, columns(plan, present), view(plan));
  }

  private static String columns(TablePlan plan, Map<String, Boolean> present) {
    return plan.columns().stream()
        .map(column -> expression(column, present))
        .map(", CAST(%s AS Nullable(String))"::formatted)
        .collect(Collectors.joining());
  }

  private static String expression(ComparedColumn column, Map<String, Boolean> present) {
    if (!present.containsKey(column.name())) {
      return "NULL";
    }
    return isWide(column, present) ? Names.clickHouse(column.name()) : column.clickHouseSql();
  }

  private static String where(TablePlan plan, List<String> tuples) {
    return " WHERE (%s) IN (%s)"
        .formatted(
            plan.key().stream()
                .map(column -> Names.clickHouse(column.name()))
                .collect(Collectors.joining(", ")),
            String.join(", ", tuples));
  }

  private static String tuple(TablePlan plan, RowKey key, Carrier[] printed) {
    String[] values = key.values(plan.keyColumns());
    StringJoiner tuple = new StringJoiner(", ", "(", ")");
    for (int i = 0; i < values.length; i++) {
      String literal =
          printed[i] == null
              ? KeyLiterals.clickHouse(plan.columns().get(i), values[i])
              : Names.clickHouseLiteral(PrintedValues.printed(printed[i], values[i]));
      if (literal == null) {
        return null;
      }
      tuple.add(literal);
    }
    return tuple.toString();
  }

  long query(TablePlan plan, String sql, Carrier[] printed, RowVisitor visitor) {
    try (InputStream body = server.send(sql)) {
      return read(plan, body, printed, visitor);
    } catch (ClickHouseHttp.Refusal e) {
      throw e.isForbidden()
          ? new SinkFailure(refusal(plan, e.getMessage()), e)
          : refused(plan, e.getMessage());
    } catch (IOException e) {
      throw new SinkFailure(
          "%s cannot be read from ClickHouse at %s: %s. Check that the server runs there and that the URL names its HTTP port"
              .formatted(tableName(plan), access.url(), e),
          e);
    }
  }

  private long read(TablePlan plan, InputStream body, Carrier[] printed, RowVisitor visitor)
      throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(body, BUFFER));
    CanonicalRow row = new CanonicalRow(printed.length);
    long count = 0;
    for (int mark = in.read(); mark >= 0; mark = in.read()) {
      if (mark != ROW) {
        throw refused(plan, (char) mark + text(in));
      }
      row.clear();
      for (int i = 0; i < printed.length; i++) {
        if (in.readByte() != 0) {
          row.addNull();
        } else if (printed[i] == null) {
          row.add(in, readLength(in));
        } else {
          String text = new String(in.readNBytes(readLength(in)), StandardCharsets.UTF_8);
          row.add(PrintedValues.canonical(printed[i], text));
        }
      }
      visitor.row(row);
      count++;
    }
    return count;
  }

  private static int readLength(DataInputStream in) throws IOException {
    int length = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += 7) {
      int next = in.readUnsignedByte();
      length |= (next & 0x7F) << shift;
      if (next < 0x80) {
        return length;
      }
    }
    throw new EOFException("the answer of ClickHouse is garbled");
  }

  /** The rest of an answer, an error in words. After it the server breaks the connection off. */
  private static String text(InputStream in) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      for (int next = in.read(); next >= 0 && text.size() < LONGEST_MESSAGE; next = in.read()) {
        text.write(next);
      }
    } catch (IOException e) {
      LOG.debug("ClickHouse broke off an answer", e);
    }
    return text.toString(StandardCharsets.UTF_8).strip();
  }

  private SinkFailure refused(TablePlan plan, String message) {
    return SinkFailure.ofOtherColumns(refusal(plan, message), null);
  }

  private String refusal(TablePlan plan, String message) {
    return "%s cannot be read from ClickHouse at %s: %s. Check that user `%s` may SELECT from it, and resync the table if a column is of another type"
        .formatted(tableName(plan), access.url(), message, access.user());
  }
}
