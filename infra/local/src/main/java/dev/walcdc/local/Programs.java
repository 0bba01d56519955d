package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The files that Maven collected for the servers, one folder a server. */
final class Programs {
  private Programs() {}

  /** The jars of a server, in class path order. */
  static List<Path> jars(Path programs, String name) {
    Path folder = programs.resolve(name).resolve("target/server");
    Path list = folder.resolve("classpath");
    try {
      List<Path> jars =
          Arrays.stream(Files.readString(list).strip().split(":", -1))
              .map(jar -> folder.resolve(jar).normalize())
              .toList();
      for (Path jar : jars) {
        if (!Files.exists(jar)) {
          throw new IOException(jar + " is missing");
        }
      }
      return jars;
    } catch (IOException e) {
      throw new StackException(
          ("The files of the server %s are not in %s: collect them once with"
                  + " \"mvn -q package -pl infra/local/servers/%s\".")
              .formatted(name, folder, name),
          e);
    }
  }

  /** The command of a server that is a Java program. */
  static List<String> java(
      Path programs, String name, List<String> jvm, String mainClass, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.add(
        "-XX:+UseSerialGC"); // few cores, small heap: the least memory, and pauses are short
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-Djava.awt.headless=true");
    command.add("-cp");
    command.add(String.join(":", jars(programs, name).stream().map(Path::toString).toList()));
    command.add(mainClass);
    command.addAll(Arrays.asList(arguments));
    return command;
  }
}
