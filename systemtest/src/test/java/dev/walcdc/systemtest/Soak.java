package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.systemtest.Fault.Scene;
import dev.walcdc.verify.VerifyReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * Every fault at random times under random load, for as long as property {@code soak.minutes} says;
 * now and then the load stops and all must agree. Run by {@code make soak}, not by {@code make
 * test}. Property {@code soak.seed} repeats the faults of another soak, and its histories where no
 * outage came between.
 */
class Soak {

  private static final Duration BETWEEN_COMPARISONS = Duration.ofMinutes(5);
  private static final Duration THINK = Duration.ofMillis(20);

  private final Map<VerifyReport.Kind, Long> differences = new EnumMap<>(VerifyReport.Kind.class);
  private final List<String> disagreements = new ArrayList<>();
  private long rows;
  private int comparisons;

  @Test
  void allAgreeAfterEveryFault() throws Exception {
    long minutes = Long.getLong("soak.minutes", 45);
    long seed = Long.getLong("soak.seed", new SecureRandom().nextInt() & 0xFFFFFFFFL);
    System.out.printf("Soak of %d minutes with seed %d%n", minutes, seed);
    long end = System.nanoTime() + Duration.ofMinutes(minutes).toNanos();
    Random seeds = new Random(seed);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (RunningPipeline servers = RunningPipeline.servers("soak");
        FaultProxy s3 = new FaultProxy(servers.settings().s3().endpoint(), seed);
        Bank bank = Bank.found(servers.source());
        SplitPipeline pipeline =
            new SplitPipeline(servers, Map.of("ICEBERG_S3_ENDPOINT", s3.endpoint().toString()))
                .startAll()) {
      pipeline.awaitHealthy();
      bank.open(2, seed, THINK);
      Chaos chaos = new Chaos(new Scene(servers, pipeline, s3), seed);
      long statements = 0;
      for (int part = 1; System.nanoTime() < end; part++) {
        long partEnd = Math.min(end, System.nanoTime() + BETWEEN_COMPARISONS.toNanos());
        BooleanSupplier enough = () -> System.nanoTime() >= partEnd;
        AtomicBoolean calm = new AtomicBoolean();
        RandomHistory history =
            new RandomHistory(
                servers.source(),
                "history_" + part,
                seeds.nextLong(),
                Path.of("target", "histories", "soak-" + part + ".sql"));
        Future<RandomHistory> written =
            thread.submit(() -> history.run(Integer.MAX_VALUE, THINK, calm::get));
        while (!enough.getAsBoolean()) {
          chaos.round(Arrays.asList(Fault.values()), enough);
        }
        calm.set(true);
        statements += written.get().statements();
        compare(part, bank.closedMeanwhile(servers::verify));
      }
      report(minutes, seed, chaos, bank.transactions(), statements);
    } finally {
      thread.shutdownNow();
    }
    assertThat(disagreements).isEmpty();
  }

  private void compare(int part, VerifyReport report) {
    comparisons++;
    rows = report.tables().stream().mapToLong(VerifyReport.Table::rows).sum();
    System.out.printf(
        "Comparison %d of %d tables, %,d rows: %s%n",
        part, report.tables().size(), rows, report.agrees() ? "all agree" : report);
    if (report.agrees()) {
      return;
    }
    disagreements.add("part %d: %s".formatted(part, report));
    for (VerifyReport.Table table : report.tables()) {
      for (VerifyReport.Sink sink : table.sinks()) {
        sink.differences().forEach(d -> differences.merge(d.kind(), d.times(), Long::sum));
      }
    }
  }

  private void report(long minutes, long seed, Chaos chaos, long transactions, long statements)
      throws Exception {
    StringBuilder text = new StringBuilder();
    text.append("Soak of %d minutes, seed %d%n".formatted(minutes, seed));
    chaos.struck().forEach((fault, times) -> text.append("  %-22s %5d%n".formatted(fault, times)));
    text.append(
        "  faults in all          %5d%n"
            .formatted(chaos.struck().values().stream().mapToInt(Integer::intValue).sum()));
    text.append("bank transactions committed  %,d%n".formatted(transactions));
    text.append("statements of histories      %,d%n".formatted(statements));
    text.append("rows compared at the end     %,d, comparisons %d%n".formatted(rows, comparisons));
    text.append("lost      %d%n".formatted(of(VerifyReport.Kind.MISSING)));
    text.append(
        "doubled   %d%n".formatted(of(VerifyReport.Kind.EXTRA) + of(VerifyReport.Kind.REPEATED)));
    text.append("different %d%n".formatted(of(VerifyReport.Kind.DIFFERENT)));
    disagreements.forEach(line -> text.append(line).append(System.lineSeparator()));
    System.out.print(text);
    Files.writeString(Path.of("target", "soak-report.txt"), text);
  }

  private long of(VerifyReport.Kind kind) {
    return differences.getOrDefault(kind, 0L);
  }
}
