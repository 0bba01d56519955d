package dev.walcdc.local;

import java.util.ArrayList;
import java.util.List;

/**
 * Gives a child process a session of its own where the system can do that ({@code setsid}), so that
 * Ctrl-C in the terminal reaches its owner alone, which ends it in its own way.
 */
public final class OwnSession {
  private static final boolean AVAILABLE = Platform.hasCommand("setsid");

  private OwnSession() {}

  /**
   * Puts {@code setsid} before a command; it replaces itself by the command, the process id stays.
   *
   * @param command program and arguments
   * @return the command to start
   */
  public static List<String> of(List<String> command) {
    List<String> full = new ArrayList<>();
    if (AVAILABLE) {
      full.add("setsid");
    }
    full.addAll(command);
    return full;
  }
}
