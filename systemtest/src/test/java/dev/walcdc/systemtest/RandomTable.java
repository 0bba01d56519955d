package dev.walcdc.systemtest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table of random columns: with a key of one or several columns of random types and places, or
 * without any. What its values are depends on the random source alone.
 *
 * @param name with its schema, as SQL names it
 * @param columns at least one
 * @param key names of the key's columns in key order; empty for none
 * @param tellsAll whether a change tells all of the old row (REPLICA IDENTITY FULL)
 */
record RandomTable(String name, List<Column> columns, List<String> key, boolean tellsAll) {

  /** What a column can be. Values are SQL literals. */
  enum Type {
    BOOL("bool"),
    INT2("int2"),
    INT4("int4"),
    INT8("int8"),
    FLOAT8("float8"),
    NUMERIC("numeric(20,4)"),
    TEXT("text"),
    VARCHAR("varchar(40)"),
    UUID("uuid"),
    DATE("date"),
    TIMESTAMP("timestamp"),
    TIMESTAMPTZ("timestamptz"),
    BYTEA("bytea"),
    JSONB("jsonb"),
    /** Values too long for a row: PostgreSQL keeps them apart, and changes may leave them out. */
    LONG_TEXT("text");

    private static final List<Type> OF_KEYS = List.of(INT4, INT8, TEXT, UUID, DATE);

    private final String sql;

    Type(String sql) {
      this.sql = sql;
    }

    String literal(Random random) {
      return switch (this) {
        case BOOL -> random.nextBoolean() ? "true" : "false";
        case INT2 -> Integer.toString((short) random.nextInt());
        case INT4 -> Integer.toString(random.nextInt());
        case INT8 -> "'%d'::int8".formatted(random.nextLong());
        case FLOAT8 -> random.nextInt(10) == 0 ? "'NaN'" : "'" + random.nextGaussian() + "'";
        case NUMERIC -> "%d.%04d".formatted(random.nextInt(), random.nextInt(10_000));
        case TEXT, VARCHAR -> quoted(text(random, random.nextInt(20)));
        case UUID -> "'%s'".formatted(new java.util.UUID(random.nextLong(), random.nextLong()));
        case DATE -> "DATE '1999-12-31' + " + random.nextInt(20_000);
        case TIMESTAMP, TIMESTAMPTZ ->
            "%s '2001-02-03 04:05:06' + interval '%d microseconds'"
                .formatted(sql, random.nextLong(1L << 50));
        case BYTEA -> "'\\x%08x'::bytea".formatted(random.nextInt());
        case JSONB -> "'{\"n\": %d, \"of\": [null, true]}'".formatted(random.nextInt());
        case LONG_TEXT ->
            "(SELECT string_agg(md5((%d + i)::text), '') FROM generate_series(1, %d) i)"
                .formatted(random.nextInt(1_000_000), 300 + random.nextInt(300));
      };
    }

    /** Of a small set, so that statements meet keys that are there. */
    String keyLiteral(Random random) {
      int number = random.nextInt(60);
      return switch (this) {
        case INT4, INT8 -> Integer.toString(number - 30);
        case TEXT -> quoted("k'" + (char) ('é' + number));
        case UUID -> "'%s'".formatted(new java.util.UUID(number, number));
        case DATE -> "DATE '2000-01-01' + " + number;
        default -> throw new IllegalStateException("No key is of type " + this);
      };
    }

    private static String text(Random random, int length) {
      String letters = "abc \t\n\\\"'{}é漢";
      return IntStream.range(0, length)
          .mapToObj(i -> String.valueOf(letters.charAt(random.nextInt(letters.length()))))
          .collect(Collectors.joining());
    }

    private static String quoted(String text) {
      return "'" + text.replace("'", "''") + "'";
    }
  }

  /** A column. */
  record Column(String name, Type type, boolean inKey) {

    String literal(Random random) {
      if (inKey) {
        return type.keyLiteral(random);
      }
      return random.nextInt(6) == 0 ? "NULL" : type.literal(random);
    }
  }

  static RandomTable draw(String schema, int number, Random random) {
    List<Column> columns = new ArrayList<>();
    int keyColumns = random.nextInt(4); // None as often as one, two or three.
    for (int i = 0; i < keyColumns; i++) {
      Type type = Type.OF_KEYS.get(random.nextInt(Type.OF_KEYS.size()));
      columns.add(new Column("k" + i, type, true));
    }
    int others = 1 + random.nextInt(6);
    for (int i = 0; i < others; i++) {
      Type type = Type.values()[random.nextInt(Type.values().length)];
      columns.add(new Column(i == 0 ? "Odd \"Name" : "c" + i, type, false));
    }
    Collections.shuffle(columns, random);
    List<String> key =
        new ArrayList<>(columns.stream().filter(Column::inKey).map(Column::name).toList());
    Collections.shuffle(key, random);
    return new RandomTable(
        "%s.t%d".formatted(schema, number), columns, key, random.nextInt(3) == 0);
  }

  boolean hasKey() {
    return !key.isEmpty();
  }

  /**
   * Whether the sinks can follow a changed key: a long value that was left alone is on the log in
   * the old row only, if that is told. Otherwise they refuse it, by name.
   */
  boolean mayChangeKeys() {
    return hasKey() && (tellsAll || columns.stream().noneMatch(c -> c.type() == Type.LONG_TEXT));
  }

  /** The statements that make it. */
  List<String> ddl() {
    List<String> parts = new ArrayList<>();
    for (Column column : columns) {
      parts.add(
          "%s %s%s"
              .formatted(
                  identifier(column.name()),
                  column.type().sql,
                  column.type() == Type.LONG_TEXT ? " STORAGE EXTERNAL" : ""));
    }
    if (hasKey()) {
      parts.add("PRIMARY KEY (%s)".formatted(names(key)));
    }
    List<String> ddl = new ArrayList<>();
    ddl.add("CREATE TABLE %s (%s)".formatted(name, String.join(", ", parts)));
    if (hasKey() && tellsAll) {
      ddl.add("ALTER TABLE %s REPLICA IDENTITY FULL".formatted(name));
    }
    return ddl;
  }

  /** A row as a parenthesis of literals. */
  String row(Random random) {
    return columns.stream()
        .map(column -> column.literal(random))
        .collect(Collectors.joining(", ", "(", ")"));
  }

  /** Assigns new values to some columns that are not of the key, one at least. */
  String assignments(Random random) {
    List<Column> free =
        new ArrayList<>(columns.stream().filter(column -> !column.inKey()).toList());
    Collections.shuffle(free, random);
    return free.subList(0, 1 + random.nextInt(free.size())).stream()
        .map(column -> "%s = %s".formatted(identifier(column.name()), column.literal(random)))
        .collect(Collectors.joining(", "));
  }

  /** A condition that some rows meet: equal to a value of one key column, or above it. */
  String condition(Random random) {
    Column column = column(key.get(random.nextInt(key.size())));
    String comparison = random.nextInt(4) == 0 ? ">" : "=";
    return "%s %s %s".formatted(identifier(column.name()), comparison, column.literal(random));
  }

  /** A new value for one key column. */
  String keyAssignment(Random random) {
    Column column = column(key.get(random.nextInt(key.size())));
    return "%s = %s".formatted(identifier(column.name()), column.literal(random));
  }

  private Column column(String wanted) {
    return columns.stream()
        .filter(column -> column.name().equals(wanted))
        .findFirst()
        .orElseThrow();
  }

  String keyNames() {
    return names(key);
  }

  private static String names(List<String> names) {
    return names.stream().map(RandomTable::identifier).collect(Collectors.joining(", "));
  }

  static String identifier(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
