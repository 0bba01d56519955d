package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Kills the servers of a home when this JVM is gone, even if it was killed: a test run that
 * somebody cut short leaves nothing running. For homes whose data nobody wants; on Linux only,
 * elsewhere the next start ends what was left.
 */
public final class OrphanGuard {
  // A shell waits for the end of a pipe from us, which the system closes however we end. Then it
  // kills what the state file names, as far as it works in a folder of the home: a process id alone
  // may be another's by then.
  private static final String SCRIPT =
      """
      cat >/dev/null
      for pid in $(sed -n 's/.*"pid" : \\([0-9]*\\).*/\\1/p' "$1"/%s 2>/dev/null); do
        case $(readlink "/proc/$pid/cwd") in "$1"/*) kill -9 "$pid" ;; esac
      done
      """
          .formatted(StackState.FILE);

  // Held, since a pipe that nobody refers to is closed.
  private static final Queue<Process> GUARDS = new ConcurrentLinkedQueue<>();

  private OrphanGuard() {}

  /**
   * Guards a home until this JVM ends.
   *
   * @param home the stack's home, absolute; the stack need not be started yet
   * @throws StackException when no shell can be run
   */
  public static void watch(Path home) {
    try {
      GUARDS.add(
          new ProcessBuilder(
                  OwnSession.of(List.of("sh", "-c", SCRIPT, "orphan-guard", home.toString())))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    } catch (IOException e) {
      throw new StackException(
          "The guard of %s cannot be started (%s): see that sh can be run here."
              .formatted(home, e.getMessage()),
          e);
    }
  }
}
