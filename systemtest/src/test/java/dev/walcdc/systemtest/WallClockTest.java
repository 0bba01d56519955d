package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.local.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A clock that jumps cannot lose, double or reorder a row, because no decision is made by one:
 * versions are LSNs, positions are offsets, waits are measured by {@link System#nanoTime()}. The
 * few that read the wall clock only report it.
 */
class WallClockTest {

  private static final Pattern READS =
      Pattern.compile(
          "Instant\\.now\\(|currentTimeMillis\\(|LocalDateTime\\.now\\(|OffsetDateTime\\.now\\(|"
              + "ZonedDateTime\\.now\\(|LocalDate\\.now\\(|new Date\\(\\)|Clock\\.system");

  /**
   * What a person reads: when a position was recorded, a batch applied, a row read again, a table
   * made anew, how old that is. Letters that are long over are forgotten some time later, and may
   * be at any time. Made-up events are counted on from the clock, within a process never back. Old
   * snapshots and stray files go by their age, of which days are required: a clock that jumps so
   * far takes the past, never a row of the present.
   */
  private static final Set<String> REPORTS =
      Set.of(
          "CaptureLoop.java",
          "DebeziumTable.java",
          "AppliedPositions.java",
          "TableReplacement.java",
          "TableSink.java",
          "MaintenanceGauges.java",
          "Quarantine.java",
          "ScheduledMaintenance.java",
          "UserEventGenerator.java");

  @Test
  void noStageDecidesByTheWallClock() throws IOException {
    Path root = Repository.root(Path.of("").toAbsolutePath()).orElseThrow();
    Set<String> readers = new TreeSet<>();
    for (String folder : new String[] {"components", "transformers", "routes"}) {
      try (Stream<Path> files = Files.walk(root.resolve(folder))) {
        readers.addAll(
            files
                .filter(file -> file.toString().contains("/src/main/java/"))
                .filter(file -> file.toString().endsWith(".java"))
                .filter(file -> READS.matcher(read(file)).find())
                .map(file -> file.getFileName().toString())
                .collect(Collectors.toSet()));
      }
    }
    assertThat(readers).isEqualTo(new TreeSet<>(REPORTS));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
