package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One process, not merely a process id: the system gives an id again once its process has ended.
 *
 * @param pid process id
 * @param started when it started, in a form that only equality is defined for
 */
public record ProcessIdentity(long pid, String started) {

  /**
   * Identifies a process that runs.
   *
   * @param pid process id
   * @return empty when there is none
   */
  public static Optional<ProcessIdentity> of(long pid) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .flatMap(handle -> started(handle).map(s -> new ProcessIdentity(pid, s)));
  }

  /**
   * Finds the process.
   *
   * @return empty when it ended, whoever has its id now
   */
  public Optional<ProcessHandle> alive() {
    return of(pid).filter(this::equals).flatMap(same -> ProcessHandle.of(pid));
  }

  private static Optional<String> started(ProcessHandle handle) {
    Path stat = Path.of("/proc", Long.toString(handle.pid()), "stat");
    if (Files.isReadable(stat)) {
      try {
        // Ticks since this boot are exact. A start instant is not: it shifts between two readers
        // when the clock was set meanwhile. The name in brackets may itself hold blanks.
        String line = Files.readString(stat);
        String ticks = line.substring(line.lastIndexOf(')') + 2).split(" ", -1)[19];
        return Optional.of(
            Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip() + "/" + ticks);
      } catch (IOException e) {
        return Optional.empty(); // it ended while we looked
      }
    }
    return handle.info().startInstant().map(Object::toString);
  }
}
