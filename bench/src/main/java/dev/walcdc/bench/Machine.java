package dev.walcdc.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What the figures were measured on.
 *
 * @param processor its name, where the system tells
 * @param processors how many this process may use
 * @param loadBefore load average before the first run: more than a few tenths is no quiet machine
 */
public record Machine(
    String processor,
    int processors,
    double memoryGigabytes,
    String system,
    String java,
    double loadBefore,
    String measuredAt) {

  /** This one, now. */
  public static Machine here() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        processorName(),
        system.getAvailableProcessors(),
        Math.round(system.getTotalMemorySize() / 1e8) / 10.0,
        system.getName() + " " + system.getVersion(),
        "Java " + Runtime.version(),
        Math.round(system.getSystemLoadAverage() * 100) / 100.0,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static String processorName() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  @Override
  public String toString() {
    return "%s, %d cores, %.1f GB, %s, %s, load %.2f before, %s"
        .formatted(processor, processors, memoryGigabytes, system, java, loadBefore, measuredAt);
  }
}
