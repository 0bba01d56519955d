package dev.walcdc.process;

import java.util.Optional;

/**
 * The process that started this one and is not to be outlived: a command line that was killed can
 * stop nothing, and what it started would run on, unseen.
 */
public final class OwnerProcess {

  /** Environment variable with its id; without it this process depends on none. */
  public static final String VARIABLE = "OWNER_PID";

  private static final int OWNER_GONE = 3;

  private OwnerProcess() {}

  /**
   * From now on this process ends, with exit code 3, as soon as its owner does; at once where that
   * is gone already.
   */
  public static void endWith() {
    String owner = System.getenv(VARIABLE);
    if (owner == null) {
      return;
    }
    // By the handle of the parent, and not by the number alone: that may be another's by now.
    Optional<ProcessHandle> parent =
        ProcessHandle.current().parent().filter(p -> p.pid() == Long.parseLong(owner));
    Thread watch =
        new Thread(
            () -> {
              parent.ifPresent(process -> process.onExit().join());
              System.exit(OWNER_GONE);
            },
            "owner-watch");
    watch.setDaemon(true);
    watch.start();
  }
}
