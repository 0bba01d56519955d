package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.schema.TableSchema.Origin;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables and servers that are not there, or not as they should be. */
class ProblemsIT {

  private TestBed bed;

  @BeforeEach
  void start() {
    bed = new TestBed();
    bed.sql("CREATE TABLE %s.t (id int PRIMARY KEY, v int)");
  }

  @AfterEach
  void close() throws Exception {
    bed.close();
  }

  @Test
  void anEmptyTableNeedNoCopy() {
    VerifyReport.Table report = bed.verify("t");
    assertThat(report.agrees()).isTrue();
    assertThat(report.sinks())
        .allSatisfy(sink -> assertThat(sink.remark()).contains("t", "does not exist"));
  }

  @Test
  void noTablesAreNoAgreement() {
    assertThatThrownBy(() -> bed.verifier().verify(List.of(), TestBed.SHORT))
        .isInstanceOf(VerifyException.class)
        .hasMessageContaining("no table to compare");
  }

  @Test
  void rowsAreCountedWhenTheyHaveSettled() {
    bed.sql("INSERT INTO %s.t VALUES (1, 1), (2, 2)");
    TableSchema table = bed.describe("t");
    bed.create(table, new Object[] {1, 1}, new Object[] {2, 9}, new Object[] {3, 3});
    assertThat(bed.verify("t").sinks())
        .allSatisfy(
            sink -> {
              assertThat(sink.rows()).isEqualTo(3);
              assertThat(sink.differing()).isEqualTo(2);
            });
  }

  @Test
  void aTableThatASinkLacksIsMissingAllItsRows() {
    bed.sql("INSERT INTO %s.t SELECT i, i FROM generate_series(1, 30) i");
    assertThat(bed.verify("t").sinks())
        .allSatisfy(
            sink -> {
              assertThat(sink.agrees()).isFalse();
              assertThat(sink.differing()).isEqualTo(30);
              assertThat(sink.remark()).contains("does not exist");
            });
  }

  @Test
  void moreDifferencesThanCanBeRememberedAreCounted() {
    bed.sql("INSERT INTO %s.t SELECT i, i FROM generate_series(1, 150000) i");
    TableSchema table = bed.describe("t");
    bed.create(table, new Object[] {1, 1}, new Object[] {2, 2});
    assertThat(bed.verify("t").sinks())
        .allSatisfy(
            sink -> {
              assertThat(sink.differing()).isEqualTo(149_998);
              assertThat(sink.agreeing()).isEqualTo(2);
              assertThat(sink.differences()).hasSize(Comparison.MOST_REPORTED);
            });
  }

  @Test
  void intervalsWithoutAKeyAreCounted() {
    bed.sql("CREATE TABLE %s.odd (i interval)", "INSERT INTO %s.odd VALUES ('1 day'), (NULL)");
    TableSchema table = bed.describe("odd");
    bed.create(table, new Object[] {"1 day"}, new Object[] {null});
    assertThat(bed.verify("odd").agrees()).isTrue();
    bed.create(table, new Object[][] {{"1 day"}});
    assertThat(bed.verify("odd").sinks())
        .allSatisfy(sink -> assertThat(sink.differing()).isEqualTo(1));
  }

  @Test
  void rowsAreFoundByAKeyOfAnyType() {
    bed.sql(
        "CREATE TABLE %s.odd (i interval PRIMARY KEY, v int)",
        "INSERT INTO %s.odd VALUES ('1 day', 1), ('2 days', 1)");
    bed.create(bed.describe("odd"), new Object[] {"1 day", 1}, new Object[] {"2 days", 1});
    VerifyReport.Table report = bed.verify("odd");
    assertThat(report.agrees()).isTrue();
    assertThat(report.key()).containsExactly("i");
    bed.sql("UPDATE %s.odd SET v = 2 WHERE i = '2 days'");
    assertThat(bed.verify("odd").sinks())
        .allSatisfy(
            sink ->
                assertThat(sink.differences())
                    .singleElement()
                    .satisfies(d -> assertThat(d.columns()).containsExactly("v")));
  }

  @Test
  void aPartitionedTableIsReadAsAWholeAndAParentWithoutItsChildren() {
    bed.sql(
        "CREATE TABLE %s.parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE %s.part1 PARTITION OF %s.parts FOR VALUES FROM (0) TO (10)",
        "INSERT INTO %s.parts VALUES (1), (2)",
        "CREATE TABLE %s.child () INHERITS (%s.t)",
        "INSERT INTO %s.t VALUES (1, 1)",
        "INSERT INTO %s.child VALUES (2, 2)");
    bed.create(bed.describe("parts"), new Object[] {1}, new Object[] {2});
    bed.create(bed.describe("t"), new Object[] {1, 1});
    assertThat(bed.verify("parts").agrees()).isTrue();
    assertThat(bed.verify("t").agrees()).isTrue();
  }

  @Test
  void aColumnOfAnotherTypeInASinkIsAProblemOfThatSink() {
    bed.sql("INSERT INTO %s.t VALUES (1, 1)");
    bed.create(bed.describe("t"), new Object[] {1, 1});
    bed.sql("ALTER TABLE %s.t ALTER v TYPE timestamp USING 'epoch'::timestamp");
    assertThat(bed.verify("t").sinks())
        .allSatisfy(
            sink -> {
              assertThat(sink.agrees()).isFalse();
              assertThat(sink.problem()).contains("resync the table");
            });
  }

  @Test
  void aTableThatIsBeingMadeAnewIsSaidToBe() {
    bed.sql("INSERT INTO %s.t VALUES (1, 1)");
    bed.create(bed.describe("t"), new Object[] {1, 1});
    bed.sql("ALTER TABLE %s.t ALTER v TYPE text");
    TableSchema now = bed.describe("t");
    TableSchema next =
        new TableSchema(
            now.schema(), now.table(), now.columns(), now.key(), 1, 2, new Origin(50, 1, "", ""));
    bed.create(next, new Object[] {2, "2"});
    assertThat(bed.verify("t").sinks())
        .allSatisfy(
            sink -> {
              assertThat(sink.agrees()).isFalse();
              assertThat(sink.differing()).isZero();
              assertThat(sink.problem()).contains("is being made anew");
            });
  }

  @Test
  void aSinkThatIsDownIsAProblemAndTheOtherIsCompared() {
    bed.sql("INSERT INTO %s.t VALUES (1, 1)");
    bed.create(bed.describe("t"), new Object[] {1, 1});
    ClickHouseAccess nowhere =
        ClickHouseAccess.perSchema(URI.create("http://127.0.0.1:1"), "u", "hush-hush");
    VerifyReport.Table report =
        new Verifier(bed.source, nowhere, IcebergAccess.perSchema(bed.catalog))
            .verify(List.of(bed.table("t")), TestBed.SHORT)
            .tables()
            .get(0);
    assertThat(report.agrees()).isFalse();
    assertThat(TestBed.sink(report, "iceberg").agrees()).isTrue();
    assertThat(TestBed.sink(report, "clickhouse").problem())
        .contains("http://127.0.0.1:1", "Check that the server runs")
        .doesNotContain("hush-hush");
  }

  @Test
  void aWrongPasswordIsSaidWithoutShowingIt() {
    ClickHouseAccess wrong =
        ClickHouseAccess.perSchema(bed.clickHouse.url(), bed.clickHouse.user(), "hush-hush");
    assertThat(wrong.toString()).doesNotContain("hush-hush");
    VerifyReport.Sink sink =
        new Verifier(bed.source, wrong, null)
            .verify(List.of(bed.table("t")), TestBed.SHORT)
            .tables()
            .get(0)
            .sinks()
            .get(0);
    assertThat(sink.problem()).contains("Check that user").doesNotContain("hush-hush");
  }

  @Test
  void anErrorInTheMiddleOfAnAnswerIsNoRow() {
    ClickHouseRows clickHouse = new ClickHouseRows(bed.clickHouse);
    TablePlan plan = new PostgresRows(bed.source).plan(bed.table("t"));
    AtomicLong rows = new AtomicLong();
    assertThatThrownBy(
            () ->
                clickHouse.query(
                    plan,
                    "SELECT toUInt8(1), CAST(toString(number + throwIf(number = 2000000, 'broken on purpose')) AS Nullable(String)) FROM numbers(3000000) SETTINGS max_threads = 1",
                    new Carrier[1],
                    row -> rows.incrementAndGet()))
        .isInstanceOf(SinkFailure.class)
        .hasMessageContaining("broken on purpose");
    assertThat(rows.get()).isBetween(1L, 2_000_000L);
  }

  @Test
  void aSourceThatIsDownOrATableThatIsNotThereIsAnError() {
    assertThatThrownBy(() -> bed.verify("nothing"))
        .isInstanceOf(VerifyException.class)
        .hasMessageContaining(bed.schema + ".nothing");
    SourceConnection down = new SourceConnection("127.0.0.1", 1, "db", "me", "hush-hush");
    Verifier verifier = new Verifier(down, bed.clickHouse, null);
    assertThatThrownBy(() -> verifier.verify(List.of(bed.table("t")), TestBed.SHORT))
        .isInstanceOf(VerifyException.class)
        .hasMessageContaining("me@127.0.0.1:1/db")
        .hasMessageNotContaining("hush-hush");
  }

  @Test
  void tablesComeFromThePublication() {
    bed.sql(
        "CREATE TABLE %s.beat (id int PRIMARY KEY)",
        "CREATE TABLE %s.signal (id int PRIMARY KEY)",
        "CREATE TABLE %s.u (id int PRIMARY KEY)",
        "CREATE PUBLICATION p_%s FOR TABLE %s.t, %s.u, %s.beat, %s.signal");
    Verifier verifier = bed.verifier();
    String publication = "p_" + bed.schema;
    OwnTables own = new OwnTables(bed.schema + ".beat", bed.schema + ".signal");
    assertThat(verifier.publishedTables(publication, own, null))
        .containsExactly(bed.table("t"), bed.table("u"));
    assertThat(verifier.publishedTables(publication, own, Pattern.compile(".*\\.u")))
        .containsExactly(bed.table("u"));
  }
}
