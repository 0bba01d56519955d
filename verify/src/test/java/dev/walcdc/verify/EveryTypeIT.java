package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Operation;
import dev.walcdc.change.WideColumns;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.verify.VerifyReport.Kind;
import java.math.BigDecimal;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The three systems give the same text for the same value, whatever its type. */
class EveryTypeIT {

  private static final long MICROS = 1_709_210_096_123_456L; // 2024-02-29 12:34:56.123456

  private static TestBed bed;
  private static TableSchema table;

  private static final Object[] ORDINARY = {
    1L,
    true,
    -7,
    42,
    3_000_000_000L,
    1.5f,
    -0.1,
    new BigDecimal("12345.6700"),
    "0.00000010",
    19_782,
    "12:34:56.123456",
    MICROS,
    MICROS,
    UUID.fromString("61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
    new byte[] {0, 39, 92, -1},
    "o'hé\t漢😀\n\\",
    "v",
    "ab   ",
    "{\"a\" :  1}",
    "{\"a\": 1}",
    "10.1.2.3",
    "10.0.0.0/8",
    "08:00:2b:01:02:03",
    "so so",
    "dom",
    "1 day -00:00:01",
    "{1,2}",
    "101",
    "(1,)",
    "-$12.30",
    "[1,3)"
  };

  private static final Object[] EXTREME = {
    Long.MIN_VALUE,
    false,
    (int) Short.MIN_VALUE,
    Integer.MAX_VALUE,
    0L,
    Float.NaN,
    Double.NEGATIVE_INFINITY,
    new BigDecimal("-9999999999999999.9999"),
    "NaN",
    -25_567,
    "24:00:00",
    -1L,
    -2_208_988_800_000_000L,
    new UUID(-1, -1),
    new byte[0],
    "",
    "",
    "     ",
    "null",
    "null",
    "::1",
    "::/0",
    "ff:ff:ff:ff:ff:ff",
    "fine",
    "",
    "00:00:00",
    "{}",
    "000",
    "(,)",
    "$0.00",
    "empty"
  };

  private static final Object[] NULLS = new Object[ORDINARY.length];

  @BeforeAll
  static void fill() {
    bed = new TestBed();
    NULLS[0] = 0L;
    bed.sql(
        "CREATE TYPE %s.mood AS ENUM ('so so', 'fine')",
        "CREATE DOMAIN %s.dom AS varchar(9)",
        "CREATE TYPE %s.pair AS (a int, b text)",
        """
        CREATE TABLE %s.t (id bigint PRIMARY KEY, b bool, i2 smallint, i4 int, o oid, f4 real,
          f8 float8, d numeric(20,4), n numeric, da date, ti time, ts timestamp, tz timestamptz,
          u uuid, "By""t`e\\s" bytea, tx text, vc varchar(9), ch char(5), js json, jb jsonb,
          ine inet, ci cidr, ma macaddr, en %s.mood, dm %s.dom,
          iv interval, arr int[], bi bit(3), co %s.pair, mo money, ra int4range)
        """,
        """
        INSERT INTO %s.t VALUES (1, true, -7, 42, 3000000000, 1.5, -0.1, 12345.67, 0.00000010,
          '2024-02-29', '12:34:56.123456', '2024-02-29 12:34:56.123456',
          '2024-02-29 12:34:56.123456+00', '61f0c404-5cb3-11e7-907b-a6006ad3dba0', '\\x00275cff',
          E'o''hé\\t漢😀\\n\\\\', 'v', 'ab', '{"a" :  1}', '{"a":1}', '10.1.2.3', '10.0.0.0/8',
          '08:00:2b:01:02:03', 'so so', 'dom', '1 day -1 second', '{1,2}', '101', '(1,)',
          (-12.3)::numeric::money, '[1,2]'),
          (-9223372036854775808, false, -32768, 2147483647, 0, 'NaN', '-Infinity',
          -9999999999999999.9999, 'NaN', '1900-01-01', '24:00:00', '1969-12-31 23:59:59.999999',
          '1900-01-01 00:00:00+00', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', '', '', '', 'null',
          'null', '::1', '::/0', 'ff:ff:ff:ff:ff:ff', 'fine', '', '0', '{}', '000', '(,)', 0::money, 'empty')
        """,
        "INSERT INTO %s.t (id) VALUES (0)");
    table = bed.describe("t");
    bed.create(table, ORDINARY, EXTREME, NULLS);
  }

  @AfterAll
  static void close() throws Exception {
    bed.close();
  }

  @Test
  void everyValueAgrees() {
    VerifyReport.Table report = bed.verify("t");
    assertThat(report.sinks()).allSatisfy(sink -> assertThat(sink.differences()).isEmpty());
    assertThat(report.agrees()).isTrue();
    assertThat(report.rows()).isEqualTo(3);
    assertThat(report.sinks()).extracting(VerifyReport.Sink::agreeing).containsExactly(3L, 3L);
  }

  @Test
  void anyOtherValueDiffersByItsColumn() {
    bed.sql(
        "CREATE TABLE %s.other (LIKE %s.t INCLUDING ALL)",
        "INSERT INTO %s.other SELECT * FROM %s.t");
    TableSchema other = bed.describe("other");
    Object[] changed = ORDINARY.clone();
    changed[1] = false;
    changed[2] = 7;
    changed[3] = 43;
    changed[4] = 3_000_000_001L;
    changed[5] = Math.nextUp(1.5f);
    changed[6] = Math.nextUp(-0.1);
    changed[7] = new BigDecimal("12345.6701");
    changed[8] = "0.0000001";
    changed[9] = 19_783;
    changed[10] = "12:34:56.123457";
    changed[11] = MICROS + 1;
    changed[12] = MICROS - 1;
    changed[13] = new UUID(1, 1);
    changed[14] = new byte[] {0, 39, 92, -2};
    changed[15] = "o'hé\t漢😀\n\\ ";
    changed[16] = "V";
    changed[17] = "ab";
    changed[18] = "{\"a\" : 1}";
    changed[19] = "{\"a\": 2}";
    changed[20] = "10.1.2.3/32";
    changed[21] = "10.0.0.0/9";
    changed[22] = "08:00:2b:01:02:04";
    changed[23] = "fine";
    changed[24] = "dom ";
    changed[25] = "1 day -00:00:02";
    changed[26] = "{1,NULL}";
    changed[27] = "100";
    changed[28] = "(1,\"\")";
    changed[29] = "-$12.31";
    changed[30] = "[1,4)";
    // A NULL is no empty text, and the other way round.
    Object[] empty = NULLS.clone();
    empty[15] = "";
    empty[14] = new byte[0];
    Object[] none = EXTREME.clone();
    none[15] = null;
    none[16] = null;
    bed.create(other, changed, empty, none);
    List<String> compared = other.columns().stream().map(c -> c.name()).toList().subList(1, 31);

    VerifyReport.Table report = bed.verify("other");

    assertThat(report.agrees()).isFalse();
    for (VerifyReport.Sink sink : report.sinks()) {
      assertThat(sink.differing()).isEqualTo(3);
      assertThat(sink.agreeing()).isZero();
      assertThat(sink.differences())
          .allSatisfy(d -> assertThat(d.kind()).isEqualTo(Kind.DIFFERENT))
          .anySatisfy(d -> assertThat(d.columns()).containsExactlyElementsOf(compared))
          .anySatisfy(d -> assertThat(d.columns()).containsExactly("By\"t`e\\s", "tx"))
          .anySatisfy(d -> assertThat(d.columns()).containsExactly("tx", "vc"));
    }
  }

  @Test
  void everyTypeCanBeAKeyByWhichRowsAreFound() {
    bed.sql(
        """
        CREATE TABLE %s.keyed (b bool, i2 smallint, i4 int, i8 bigint, d numeric(38,5), da date,
          ts timestamp, tz timestamptz, u uuid, by bytea, tx text, ch char(4), ti time,
          en %s.mood, v int,
          PRIMARY KEY (b, i2, i4, i8, d, da, ts, tz, u, by, tx, ch, ti, en))
        """,
        """
        INSERT INTO %s.keyed VALUES (true, -1, -2, -3, -123456789012345678901234567890123.00001,
          '1969-12-31', '1969-12-31 23:59:59.999999', '2024-02-29 12:34:56.123456+00',
          '61f0c404-5cb3-11e7-907b-a6006ad3dba0', '\\x00275cff', E'a''b\\\\c', 'x', '01:02:03.04',
          'so so', 5)
        """);
    Object[] row = {
      true,
      -1,
      -2,
      -3L,
      new BigDecimal("-123456789012345678901234567890123.00001"),
      -1,
      -1L,
      MICROS,
      UUID.fromString("61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
      new byte[] {0, 39, 92, -1},
      "a'b\\c",
      "x   ",
      "01:02:03.04",
      "so so",
      6
    };
    TableSchema keyed = bed.describe("keyed");
    bed.create(keyed, row);
    // Found by its key in all three, or it would be missing or too much.
    assertThat(bed.verify("keyed").sinks())
        .allSatisfy(
            sink ->
                assertThat(sink.differences())
                    .singleElement()
                    .satisfies(d -> assertThat(d.kind()).isEqualTo(Kind.DIFFERENT))
                    .satisfies(d -> assertThat(d.columns()).containsExactly("v")));
    Object[] right = row.clone();
    right[14] = 5;
    bed.applyToBoth(keyed, List.of(bed.change(Operation.UPDATE, right)));
    assertThat(bed.verify("keyed").agrees()).isTrue();
  }

  @Test
  void whatASinkKeepsAsTextIsCompared() {
    bed.sql(
        """
        CREATE TABLE %s.wide (d date, t timestamptz, n numeric(9,2), ts timestamp,
          PRIMARY KEY (d, t, n))
        """,
        """
        INSERT INTO %s.wide VALUES ('infinity', '0044-03-15 12:00:00.00001+00 BC', 'NaN', NULL),
          ('0044-03-15 BC', '-infinity', 1.5, '10000-01-01')
        """);
    TableSchema wide = bed.describe("wide");
    TableSchema text =
        WideColumns.of(".*")
            .asText(new ChangeBatch("t", wide, List.of(), List.of(), new TreeMap<>()))
            .schema();
    Object[] first = {"infinity", "0044-03-15 12:00:00.00001+00 BC", "NaN", null};
    bed.create(
        text, first, new Object[] {"0044-03-15 BC", "-infinity", "1.50", "10000-01-01 00:00:00"});
    assertThat(bed.verify("wide").agrees()).isTrue();
    Object[] wrong = {"0044-03-15 BC", "-infinity", "1.50", "infinity"};
    bed.applyToBoth(text, List.of(bed.change(Operation.UPDATE, wrong)));
    assertThat(bed.verify("wide").sinks())
        .allSatisfy(
            sink ->
                assertThat(sink.differences())
                    .singleElement()
                    .satisfies(d -> assertThat(d.columns()).containsExactly("ts")));
  }

  @Test
  void floatsAndFarDatesCanBeKeys() {
    bed.sql(
        "CREATE TABLE %s.far (f float8, g real, d date, t timestamptz, v int, PRIMARY KEY (f, g, d, t))",
        """
        INSERT INTO %s.far VALUES (-0.1, 'NaN', '4713-01-01 BC', 'infinity', 1),
          (2.5, 1.1, 'infinity', '0044-03-15 12:00:00.000001+00 BC', 2)
        """);
    // Nothing but PostgreSQL can hold them; they are looked up in it, and missing elsewhere.
    VerifyReport.Table report = bed.verify("far");
    assertThat(report.sinks())
        .allSatisfy(
            sink ->
                assertThat(sink.differences())
                    .hasSize(2)
                    .allSatisfy(d -> assertThat(d.kind()).isEqualTo(Kind.MISSING)));
  }
}
