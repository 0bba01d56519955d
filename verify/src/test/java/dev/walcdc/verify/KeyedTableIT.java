package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericAppenderFactory;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.encryption.EncryptedFiles;
import org.apache.iceberg.io.DataWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is wrong in a sink is named, and nothing else is. */
class KeyedTableIT {

  private static final int ROWS = 2_500;

  private TestBed bed;
  private TableSchema table;

  @BeforeEach
  void fill() {
    bed = new TestBed();
    bed.sql(
        "CREATE TABLE %s.t (a int, b text, v text, w int, PRIMARY KEY (b, a))",
        "INSERT INTO %s.t SELECT i, 'k' || i % 7, 'value ' || i, i FROM generate_series(1, 2500) i");
    table = bed.describe("t");
    Object[][] rows = new Object[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      rows[i] = row(i + 1);
    }
    bed.create(table, rows);
  }

  @AfterEach
  void close() throws Exception {
    bed.close();
  }

  private static Object[] row(int i) {
    return new Object[] {i, "k" + i % 7, "value " + i, i};
  }

  private static Map<String, String> key(int i) {
    return Map.of("a", Integer.toString(i), "b", "k" + i % 7);
  }

  private static Difference difference(Kind kind, int i, String... columns) {
    return new Difference(kind, key(i), List.of(columns), 1, false);
  }

  private void corrupt(String sink) {
    Object[] changed = row(77);
    changed[2] = null;
    changed[3] = 78;
    bed.apply(
        sink,
        table,
        List.of(
            bed.change(Operation.DELETE, row(5)),
            bed.change(Operation.UPDATE, changed),
            bed.change(Operation.CREATE, row(9_999))));
  }

  private void assertNamed(VerifyReport.Sink sink) {
    assertThat(sink.differences())
        .containsExactlyInAnyOrder(
            difference(Kind.MISSING, 5),
            difference(Kind.DIFFERENT, 77, "v", "w"),
            difference(Kind.EXTRA, 9_999));
    assertThat(sink.differing()).isEqualTo(3);
    assertThat(sink.agreeing()).isEqualTo(ROWS - 2);
    assertThat(sink.rows()).isEqualTo(ROWS);
    assertThat(sink.agrees()).isFalse();
  }

  @Test
  void namesTheKeysThatClickHouseHasWrong() {
    corrupt("clickhouse:*");
    VerifyReport.Table report = bed.verify("t");
    assertThat(report.agrees()).isFalse();
    assertThat(report.key()).containsExactly("b", "a");
    assertNamed(TestBed.sink(report, "clickhouse"));
    assertThat(TestBed.sink(report, "iceberg").agrees()).isTrue();
  }

  @Test
  void namesTheKeysThatIcebergHasWrong() {
    corrupt("iceberg:*");
    VerifyReport.Table report = bed.verify("t");
    assertThat(report.agrees()).isFalse();
    assertNamed(TestBed.sink(report, "iceberg"));
    assertThat(TestBed.sink(report, "clickhouse").agrees()).isTrue();
  }

  @Test
  void aRowThatIsThereTwiceIsNoAgreement() throws Exception {
    Table lake = bed.catalog.loadTable(TableIdentifier.of(bed.schema, "t"));
    GenericAppenderFactory files = new GenericAppenderFactory(lake.schema());
    DataWriter<Record> writer =
        files.newDataWriter(
            EncryptedFiles.plainAsEncryptedOutput(
                lake.io().newOutputFile(lake.location() + "/data/" + UUID.randomUUID())),
            FileFormat.PARQUET,
            null);
    try (writer) {
      Record twice = GenericRecord.create(lake.schema());
      twice.setField("a", 8);
      twice.setField("b", "k1");
      twice.setField("v", "value 8");
      twice.setField("w", 8);
      twice.setField("_epoch", 1);
      twice.setField("_last_commit_lsn", 0L);
      twice.setField("_lsn", 1L);
      writer.write(twice);
    }
    lake.newAppend().appendFile(writer.toDataFile()).commit();

    VerifyReport.Table report = bed.verify("t");
    assertThat(TestBed.sink(report, "clickhouse").agrees()).isTrue();
    assertThat(TestBed.sink(report, "iceberg").differences())
        .containsExactly(difference(Kind.REPEATED, 8));
  }

  @Test
  void countsAllDifferencesAndNamesTheFirst() {
    List<RowChange> deletions = new ArrayList<>();
    for (int i = 1; i <= 2_000; i++) {
      deletions.add(bed.change(Operation.DELETE, row(i)));
    }
    bed.apply("clickhouse:*", table, deletions);
    bed.apply("iceberg:*", table, deletions);
    for (VerifyReport.Sink sink : bed.verify("t").sinks()) {
      assertThat(sink.differing()).isEqualTo(2_000);
      assertThat(sink.agreeing()).isEqualTo(500);
      assertThat(sink.differences()).hasSize(Comparison.MOST_REPORTED);
    }
  }

  @Test
  void aColumnThatTheSinksDoNotHaveYetIsNullThere() {
    bed.sql("ALTER TABLE %s.t ADD COLUMN late int");
    assertThat(bed.verify("t").agrees()).isTrue();
    bed.sql("UPDATE %s.t SET late = 1 WHERE a = 3");
    assertThat(bed.verify("t").sinks())
        .allSatisfy(
            sink ->
                assertThat(sink.differences())
                    .containsExactly(difference(Kind.DIFFERENT, 3, "late")));
  }

  @Test
  void theReportIsJsonBothWays() throws Exception {
    corrupt("clickhouse:*");
    VerifyReport report = bed.verifier().verify(List.of(bed.table("t")), TestBed.SHORT);
    ObjectMapper json = new ObjectMapper();
    String text = json.writeValueAsString(report);
    assertThat(json.readTree(text).get("agrees").asBoolean()).isFalse();
    assertThat(json.readTree(text).at("/tables/0/sinks/1/agrees").asBoolean()).isTrue();
    assertThat(json.readValue(text, VerifyReport.class)).isEqualTo(report);
  }
}
