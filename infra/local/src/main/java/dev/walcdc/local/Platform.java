package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The machine that we run on. */
record Platform(String os, String architecture) {

  static Platform current() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static Platform of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String architecture =
        switch (osArch) {
          case "amd64", "x86_64" -> "amd64";
          case "aarch64", "arm64" -> "arm64";
          default -> "";
        };
    boolean linux = os.startsWith("linux");
    if (!(linux || os.startsWith("mac")) || architecture.isEmpty()) {
      throw new StackException(
          ("The local stack has no servers for %s on %s: run it on Linux or macOS, x86-64 or ARM64,"
                  + " or point the pipeline at servers of your own.")
              .formatted(osName, osArch));
    }
    return new Platform(linux ? "linux" : "mac", architecture);
  }

  /** Whether a command is in one of the folders of PATH. */
  static boolean hasCommand(String name) {
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    for (String folder : path.split(":", -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
        return true;
      }
    }
    return false;
  }

  static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException e) {
      return "root".equals(System.getProperty("user.name"));
    }
  }
}
