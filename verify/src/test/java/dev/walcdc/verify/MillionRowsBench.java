package dev.walcdc.verify;

import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;
import dev.walcdc.schema.TableSchema;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * How long a table of a million rows takes, laid out as pgbench's accounts. Run by name: {@code mvn
 * verify -f verify/pom.xml -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false
 * -Dit.test=MillionRowsBench}; {@code -Dsurefire.argLine=-Xmx128m} sets the heap.
 */
class MillionRowsBench {

  private static final int ROWS = 1_000_000;
  private static final int BATCH = 50_000;

  @Test
  void compare() throws Exception {
    try (TestBed bed = new TestBed()) {
      fill(bed);
      for (int run = 1; run <= 3; run++) {
        System.gc();
        pools().forEach(MemoryPoolMXBean::resetPeakUsage);
        long cpu = cpuNanos();
        VerifyReport.Table report = bed.verify("accounts");
        long peak = pools().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
        System.out.printf(
            "run %d: agrees %s, %.1f s, CPU %.1f s, peak heap %d MB of %d MB%n",
            run,
            report.agrees(),
            report.seconds(),
            (cpuNanos() - cpu) / 1e9,
            peak >> 20,
            Runtime.getRuntime().maxMemory() >> 20);
        System.out.println(report);
      }
      sides(bed);
    }
  }

  private static void fill(TestBed bed) {
    bed.sql(
        "CREATE TABLE %s.accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))",
        "INSERT INTO %s.accounts SELECT i, i / 100000, i * 7, '' FROM generate_series(1, 1000000) i",
        "ANALYZE %s.accounts");
    TableSchema table = bed.describe("accounts");
    String filler = " ".repeat(84);
    for (int start = 1; start <= ROWS; start += BATCH) {
      List<RowChange> changes = new ArrayList<>();
      for (int i = start; i < start + BATCH; i++) {
        changes.add(bed.change(Operation.CREATE, i, i / 100_000, i * 7, filler));
      }
      bed.applyToBoth(table, changes);
    }
  }

  /** Each system alone. */
  private static void sides(TestBed bed) {
    PostgresRows postgres = new PostgresRows(bed.source);
    TablePlan plan = postgres.plan(bed.table("accounts"));
    long[] sum = {0};
    RowVisitor visitor = row -> sum[0] += row.hash();
    long start = System.nanoTime();
    postgres.scan(plan, plan.columns().size(), visitor);
    print("PostgreSQL, all rows", start);
    start = System.nanoTime();
    new ClickHouseRows(bed.clickHouse).scan(plan, visitor);
    print("ClickHouse, all rows", start);
    start = System.nanoTime();
    new IcebergRows(IcebergAccess.perSchema(bed.catalog)).scan(plan, visitor);
    print("Iceberg, all rows", start);
    find(bed, postgres, plan);
  }

  /** A look at a thousand keys. */
  private static void find(TestBed bed, PostgresRows postgres, TablePlan plan) {
    List<RowKey> keys = new ArrayList<>();
    postgres.scan(
        plan,
        1,
        row -> {
          if (row.hash() % 1_000 == 0) {
            keys.add(row.key(1));
          }
        });
    long[] found = {0};
    RowVisitor counter = row -> found[0]++;
    long start = System.nanoTime();
    postgres.find(plan, keys, counter);
    print(keys.size() + " keys in PostgreSQL", start);
    start = System.nanoTime();
    new ClickHouseRows(bed.clickHouse).find(plan, keys, counter);
    print(keys.size() + " keys in ClickHouse", start);
    start = System.nanoTime();
    new IcebergRows(IcebergAccess.perSchema(bed.catalog)).find(plan, keys, counter);
    print(keys.size() + " keys in Iceberg", start);
  }

  private static void print(String what, long start) {
    System.out.printf("%s: %.2f s%n", what, (System.nanoTime() - start) / 1e9);
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static List<MemoryPoolMXBean> pools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }
}
