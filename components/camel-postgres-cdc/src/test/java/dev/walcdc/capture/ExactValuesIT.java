package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.walcdc.capture.Log.Entry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Values of every built-in type, read by the snapshot and by the stream, are those that PostgreSQL
 * has: as text where the envelope holds text, and as its own arithmetic says where it holds
 * numbers.
 */
class ExactValuesIT {

  /** A type, and values of it as SQL expressions. */
  private record Sample(String type, String... values) {}

  private static final String LONG_NUMBER = "1234567890".repeat(100);

  private static final List<Sample> SAMPLES =
      List.of(
          new Sample("bool", "true", "false"),
          new Sample("int2", "-32768", "32767"),
          new Sample("int4", "-2147483648", "2147483647"),
          new Sample("int8", "-9223372036854775808", "9223372036854775807"),
          new Sample("oid", "0", "4294967295"),
          new Sample(
              "real", "'NaN'", "'-Infinity'", "'-0'", "3.4028235e38", "1e-45", "16777217", "0.1"),
          new Sample(
              "double precision",
              "'NaN'",
              "'Infinity'",
              "'-0'",
              "1.7976931348623157e308",
              "5e-324",
              "0.1",
              "1e23"),
          new Sample("numeric(20,4)", "1234567890123456.7891", "-0.0001", "0", "'NaN'"),
          new Sample("numeric(38,0)", "99999999999999999999999999999999999999"),
          new Sample(
              "numeric",
              "'NaN'",
              "'Infinity'",
              "'-Infinity'",
              "1." + "9".repeat(77),
              "1e-30",
              "1e40",
              "1.500"),
          new Sample("numeric(78,10)", "1e67"),
          new Sample("numeric(3,-2)", "12345"),
          new Sample("money", "'92233720368547758.07'", "'-1234567.89'", "0"),
          new Sample("text", "''", "E'\\t\\n\\\\ \"q\" \\x01\\x7f'", "U&'\\00e9\\4e16\\+01F600'"),
          new Sample("varchar(9)", "' v '"),
          new Sample("char(5)", "'ab'", "''"),
          new Sample("\"char\"", "'x'"),
          new Sample("name", "'a name'"),
          new Sample("bytea", "'\\x'", "'\\x00275cff'"),
          new Sample(
              "date",
              "'4713-01-01 BC'",
              "'0001-01-01'",
              "'1582-10-10'",
              "'1970-01-01'",
              "'5874897-12-31'",
              "'infinity'",
              "'-infinity'"),
          new Sample("time", "'00:00'", "'24:00:00'", "'23:59:59.999999'", "'01:02:03.04'"),
          new Sample("timetz", "'24:00:00+15:59'", "'12:00:00-05:30:15'", "'01:02:03.04+01'"),
          new Sample(
              "timestamp",
              "'4713-01-01 00:00:00 BC'",
              "'0001-01-01 00:00:00'",
              "'1582-10-10 12:00:00'",
              "'2026-02-28 23:59:59.999999'",
              "'10000-01-01 00:00:00.1'",
              "'infinity'",
              "'-infinity'"),
          new Sample(
              "timestamptz",
              "'4713-01-01 00:00:00+00 BC'",
              "'0044-03-15 12:00:00.000001+00 BC'",
              "'1582-10-10 12:00:00+00'",
              "'2026-02-28 23:59:59.999999+05'",
              "'2026-03-29 02:30:00+02'",
              "'294276-12-31 23:59:59.999999+00'",
              "'infinity'",
              "'-infinity'"),
          new Sample("timestamptz(0)", "'2026-02-28 23:59:59+05'"),
          new Sample(
              "interval",
              "'1 year 2 mons -3 days +04:05:06.789'",
              "'-00:00:00.000001'",
              "'178000000 years'",
              "'0'",
              "'infinity'"),
          new Sample("uuid", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"),
          new Sample("json", "'{\"a\" :  1, \"a\": null}'", "'null'", "'" + LONG_NUMBER + "'"),
          new Sample("jsonb", "'{\"b\": [1, {\"c\": null}], \"a\": 1.10}'", "'null'"),
          new Sample("xml", "'<a b=\"c\">&amp;</a>'"),
          new Sample("inet", "'10.1.2.3'", "'10.1.2.3/8'", "'::1'"),
          new Sample("cidr", "'10.0.0.0/8'"),
          new Sample("macaddr", "'08:00:2b:01:02:03'"),
          new Sample("macaddr8", "'08:00:2b:01:02:03:04:05'"),
          new Sample("bit(3)", "B'101'", "B'000'"),
          new Sample("bit(1)", "B'1'"),
          new Sample("bit varying", "B''", "B'0001'"),
          new Sample("bit varying(70)", "B'" + "01".repeat(35) + "'"),
          new Sample("int4range", "'[1,3)'", "'empty'", "'(,)'"),
          new Sample("numrange", "'(1.50,2.0]'"),
          new Sample("tsrange", "'[2024-01-01 00:00:00,infinity)'"),
          new Sample("tstzrange", "'[2024-07-01 00:00:00+02,)'"),
          new Sample("daterange", "'[2024-01-01,2024-02-01)'"),
          new Sample("int8multirange", "'{[1,3),[5,)}'"),
          new Sample("tstzmultirange", "'{[2024-07-01 00:00:00+02,2024-07-02 00:00:00+02)}'"),
          new Sample("point", "'(0.1,-1e300)'", "'(NaN,Infinity)'"),
          new Sample("line", "'{1,2.5,-3}'"),
          new Sample("lseg", "'[(1,2),(3,4)]'"),
          new Sample("box", "'(1,2),(0.30000000000000004,0)'"),
          new Sample("path", "'((1,2),(3,4))'", "'[(1,2),(3,4)]'"),
          new Sample("polygon", "'((0,0),(1,1),(1,0))'"),
          new Sample("circle", "'<(1,2),3.3>'"),
          new Sample("tsvector", "'a:1 fat:2B,4C'"),
          new Sample("tsquery", "'fat & (rat | !cat:*A)'"),
          new Sample("pg_lsn", "'FFFFFFFF/1'"),
          new Sample("xid8", "'18446744073709551615'"),
          new Sample("xid", "'4294967295'"),
          new Sample("tid", "'(1,2)'"),
          new Sample("regclass", "'pg_class'", "'@.heartbeat'"),
          new Sample("regtype", "'int4'"),
          new Sample("jsonpath", "'$.a[*] ? (@ > 1)'"),
          new Sample("txid_snapshot", "'10:20:10,14,15'"),
          new Sample("pg_snapshot", "'10:20:10'"),
          new Sample("int4[]", "'{{1,2},{3,NULL}}'", "'{}'", "'[0:1]={5,6}'"),
          new Sample("text[]", "'{\"a,\\\"b\",NULL,\"NULL\",\"\"}'"),
          new Sample("numeric[]", "'{1.50,NaN}'"),
          new Sample("numeric(9,2)[]", "'{1.5}'"),
          new Sample("timestamptz[]", "'{2024-07-01 00:00:00+02,infinity}'"),
          new Sample("timestamp[]", "'{0044-03-15 00:00:00 BC}'"),
          new Sample("timetz[]", "'{24:00:00+01}'"),
          new Sample("date[]", "'{-infinity,0001-01-01}'"),
          new Sample("interval[]", "'{1 mon,-1 day}'"),
          new Sample("bytea[]", "E'{\"\\\\\\\\x00ff\"}'"),
          new Sample("bool[]", "'{t,f,NULL}'"),
          new Sample("float8[]", "'{0.1,NaN,-0}'"),
          new Sample("uuid[]", "'{ffffffff-ffff-ffff-ffff-ffffffffffff}'"),
          new Sample("jsonb[]", "ARRAY['{\"a\": \"b,c\"}'::jsonb]"),
          new Sample("money[]", "'{$1.50}'"),
          new Sample("xml[]", "ARRAY['<a/>'::xml]"),
          new Sample("point[]", "ARRAY['(1,2)'::point]"),
          new Sample("int4range[]", "ARRAY['[1,3)'::int4range]"),
          new Sample("bit(2)[]", "'{10,01}'"),
          new Sample("citext", "'CaSe'"),
          new Sample("citext[]", "'{A,b}'"),
          new Sample("hstore", "'\"b\"=>NULL, \"a\"=>\"x\\\"y\"'"),
          new Sample("hstore[]", "ARRAY['a=>1'::hstore]"),
          new Sample("ltree", "'Top.Science'"),
          new Sample("@.mood", "'so so'", "'fine'"),
          new Sample("@.mood[]", "'{so so,fine}'"),
          new Sample("@.pair", "'(1,\"a,b\")'", "'(,)'", "'(3,)'"),
          new Sample("@.pair[]", "ARRAY['(1,x)'::@.pair]"),
          new Sample("@.small", "7"),
          new Sample("@.price", "1.25", "'NaN'"),
          new Sample("@.day", "'0044-03-15 BC'"),
          new Sample("@.at", "'2024-07-01 00:00:00+02'"),
          new Sample("@.shortname", "'x'"),
          new Sample("@.list", "'{1,NULL}'"),
          new Sample("@.span", "'1 mon'"),
          new Sample("@.nested", "8"));

  @Test
  void everyTypeComesAsPostgresqlHasIt() throws SQLException {
    try (Capture capture = new Capture("exact")) {
      Source.run(
          "CREATE EXTENSION IF NOT EXISTS citext",
          "CREATE EXTENSION IF NOT EXISTS hstore",
          "CREATE EXTENSION IF NOT EXISTS ltree",
          // Of no effect on what is captured.
          "ALTER DATABASE %s SET bytea_output = 'escape'".formatted(Source.settings().database()),
          "ALTER DATABASE %s SET IntervalStyle = 'iso_8601'"
              .formatted(Source.settings().database()),
          "ALTER DATABASE %s SET extra_float_digits = 0".formatted(Source.settings().database()),
          "ALTER DATABASE %s SET DateStyle = 'German'".formatted(Source.settings().database()));
      capture.sql(
          "CREATE TYPE @.mood AS ENUM ('so so', 'fine')",
          "CREATE TYPE @.pair AS (a int, b text)",
          "CREATE DOMAIN @.small AS int2",
          "CREATE DOMAIN @.price AS numeric(9,2)",
          "CREATE DOMAIN @.day AS date",
          "CREATE DOMAIN @.at AS timestamptz",
          "CREATE DOMAIN @.shortname AS varchar(9)",
          "CREATE DOMAIN @.list AS int4[]",
          "CREATE DOMAIN @.span AS interval",
          "CREATE DOMAIN @.nested AS @.small");
      int rows = 0;
      StringBuilder table = new StringBuilder("CREATE TABLE @.everything (id int PRIMARY KEY");
      for (int i = 0; i < SAMPLES.size(); i++) {
        table.append(", c%d %s".formatted(i, SAMPLES.get(i).type()));
        rows = Math.max(rows, SAMPLES.get(i).values().length);
      }
      capture.sql(table + ")", "ALTER TABLE @.everything REPLICA IDENTITY FULL");
      for (int row = 0; row < rows; row++) {
        capture.sql(insert(row, row));
      }
      capture.sql("INSERT INTO @.everything (id) VALUES (99)");
      capture.start().streaming();
      for (int row = 0; row < rows; row++) {
        capture.sql(insert(100 + row, row));
      }
      capture.sql(
          "INSERT INTO @.everything (id) VALUES (199)",
          "UPDATE @.everything SET id = 300 + id WHERE id < 100");
      eventually("all rows", () -> capture.ids("everything").contains(399L));
      Map<String, JsonNode> captured = new LinkedHashMap<>();
      for (Entry entry : capture.log("everything")) {
        if (entry.isRow() && !entry.op().equals("d")) {
          captured.put(entry.after().get("id").asText(), entry.after());
        }
      }
      Map<String, List<String>> expected = expected(capture);
      assertThat(captured.keySet()).containsAll(expected.keySet());
      List<String> differences = new ArrayList<>();
      expected.forEach(
          (id, texts) -> {
            compare(id, texts, captured.get(id), differences);
            if (Integer.parseInt(id) >= 300) {
              // The same row as the snapshot read it.
              compare(id, texts, captured.get("" + (Integer.parseInt(id) - 300)), differences);
            }
          });
      assertThat(differences).isEmpty();
    } finally {
      Source.run("ALTER DATABASE %s RESET ALL".formatted(Source.settings().database()));
    }
  }

  private static String insert(int id, int row) {
    StringBuilder names = new StringBuilder("id");
    StringBuilder values = new StringBuilder("" + id);
    for (int i = 0; i < SAMPLES.size(); i++) {
      if (row < SAMPLES.get(i).values().length) {
        names.append(", c").append(i);
        values
            .append(", ")
            .append(
                "CAST(%s AS %s)".formatted(SAMPLES.get(i).values()[row], SAMPLES.get(i).type()));
      }
    }
    return "INSERT INTO @.everything (%s) VALUES (%s)".formatted(names, values);
  }

  private static void compare(
      String id, List<String> texts, JsonNode after, List<String> differences) {
    for (int i = 0; i < texts.size(); i++) {
      JsonNode value = after.get("c" + i);
      String text = value == null ? "(not there)" : value.isNull() ? null : value.asText();
      String wanted = texts.get(i);
      if (wanted == null ? text != null : !same(wanted, text, SAMPLES.get(i).type())) {
        differences.add(
            "%s of row %s: %s, not %s".formatted(SAMPLES.get(i).type(), id, text, wanted));
      }
    }
  }

  /** Numbers may be written differently in JSON. */
  private static boolean same(String wanted, String text, String type) {
    if (text == null) {
      return false;
    }
    return switch (type) {
      case "real" -> Float.valueOf(wanted).equals(Float.valueOf(text));
      case "double precision" -> Double.valueOf(wanted).equals(Double.valueOf(text));
      default -> wanted.equals(text);
    };
  }

  /** What PostgreSQL says itself, with the settings that the documentation names. */
  private static Map<String, List<String>> expected(Capture capture) throws SQLException {
    StringBuilder select = new StringBuilder("SELECT id");
    for (int i = 0; i < SAMPLES.size(); i++) {
      select.append(", ").append(expression(SAMPLES.get(i).type(), "c" + i));
    }
    Map<String, List<String>> expected = new LinkedHashMap<>();
    try (Connection connection = Source.open();
        Statement statement = connection.createStatement()) {
      for (String setting :
          List.of(
              "DateStyle = 'ISO'",
              "IntervalStyle = 'postgres'",
              "TimeZone = 'UTC'",
              "extra_float_digits = 1",
              "bytea_output = 'hex'",
              "lc_monetary = 'C'")) {
        statement.execute("SET " + setting);
      }
      statement.execute("SET search_path = pg_catalog");
      try (ResultSet rows =
          statement.executeQuery(
              select + " FROM " + capture.options().get("topicPrefix") + ".everything")) {
        while (rows.next()) {
          List<String> texts = new ArrayList<>();
          for (int i = 0; i < SAMPLES.size(); i++) {
            texts.add(rows.getString(i + 2));
          }
          expected.put(rows.getString(1), texts);
        }
      }
    }
    return expected;
  }

  private static String expression(String type, String column) {
    return switch (type) {
      case "date", "@.day" ->
          "CASE %1$s WHEN 'infinity' THEN '2147483647' WHEN '-infinity' THEN '-2147483648' ELSE (%1$s - date '1970-01-01')::text END"
              .formatted(column);
      case "timestamp" ->
          "CASE %1$s WHEN 'infinity' THEN '9223372036825200000' WHEN '-infinity' THEN '-9223372036832400000' ELSE (extract(epoch FROM %1$s) * 1000000)::bigint::text END"
              .formatted(column);
      case "timestamptz", "timestamptz(0)", "@.at" ->
          """
          CASE WHEN NOT isfinite(%1$s) THEN %1$s::text ELSE
            CASE WHEN extract(year FROM %1$s) < 0
                 THEN '-' || to_char(-extract(year FROM %1$s) - 1, 'FM0000')
                 WHEN extract(year FROM %1$s) > 9999 THEN '+' || extract(year FROM %1$s)
                 ELSE to_char(%1$s, 'YYYY') END
            || to_char(%1$s, '-MM-DD"T"HH24:MI:SS')
            || CASE WHEN extract(microseconds FROM %1$s)::bigint %% 1000000 = 0 THEN ''
                    ELSE to_char(%1$s, '.US') END || 'Z' END
          """
              .formatted(column);
      case "bytea" -> "replace(encode(%s, 'base64'), E'\\n', '')".formatted(column);
      case "bool" -> column + "::text";
      // The output function: a cast strips blanks from the one and adds a mask to the other.
      case "char(5)", "inet" ->
          "CASE WHEN %1$s IS NOT NULL THEN format('%%s', %1$s) END".formatted(column);
      default -> column + "::text";
    };
  }
}
