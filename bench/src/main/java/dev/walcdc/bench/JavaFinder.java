package dev.walcdc.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds a Java for a program that wants a newer one than ours: in {@code JAVA_<version>_HOME} and
 * {@code JAVA_HOME}, on the {@code PATH}, and beside the Java that runs this.
 */
final class JavaFinder {

  private static final Pattern HOME_VARIABLE = Pattern.compile("JAVA_(\\d+_)?HOME(_\\d+.*)?");
  private static final Pattern VERSION = Pattern.compile("version \"(\\d+)");

  private JavaFinder() {}

  /**
   * Finds the first that is new enough.
   *
   * @param least major version
   */
  static Optional<Path> find(int least) {
    return candidates().stream().filter(java -> version(java) >= least).findFirst();
  }

  private static List<Path> candidates() {
    List<Path> candidates = new ArrayList<>();
    Map<String, String> environment = new TreeMap<>(System.getenv());
    environment.forEach(
        (name, value) -> {
          if (HOME_VARIABLE.matcher(name).matches()) {
            candidates.add(Path.of(value, "bin", "java"));
          }
        });
    for (String folder :
        environment.getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator), -1)) {
      candidates.add(Path.of(folder, "java"));
    }
    Path home = Path.of(System.getProperty("java.home"));
    candidates.add(home.resolve("bin/java"));
    try (Stream<Path> siblings = Files.list(home.getParent())) {
      siblings.sorted().forEach(sibling -> candidates.add(sibling.resolve("bin/java")));
    } catch (IOException e) {
      // Then there are none.
    }
    return candidates.stream().filter(Files::isExecutable).distinct().toList();
  }

  /** Major version of a Java; 0 if it does not say. */
  static int version(Path java) {
    try {
      Process process =
          new ProcessBuilder(java.toString(), "-version").redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher version = VERSION.matcher(text);
      return version.find() ? Integer.parseInt(version.group(1)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }
}
