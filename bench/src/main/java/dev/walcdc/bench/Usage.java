package dev.walcdc.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What the system has booked on a process. */
public final class Usage {

  private static final int KIB = 1024;

  private Usage() {}

  /** CPU time of all threads of a process since it began, user and system; 0 if it is gone. */
  static long cpuNanos(long pid) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().totalCpuDuration())
        .map(Duration::toNanos)
        .orElse(0L);
  }

  /** The most memory that a process ever had resident, as the kernel says; -1 where it does not. */
  public static long peakBytes(long pid) {
    return bytes(pid, "VmHWM:");
  }

  /** The memory that a process has resident; -1 where the kernel does not say. */
  public static long residentBytes(long pid) {
    return bytes(pid, "VmRSS:");
  }

  private static long bytes(long pid, String figure) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
          .filter(line -> line.startsWith(figure))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB)
          .findFirst()
          .orElse(-1);
    } catch (IOException e) {
      return -1;
    }
  }
}
