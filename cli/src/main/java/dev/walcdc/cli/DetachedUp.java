package dev.walcdc.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.ParseResult;

/** Runs `up` in a process of its own and waits until that is ready or has failed. */
final class DetachedUp {

  private static final long LOOK_MILLIS = 200;

  private final Home home;
  private final boolean serversOnly;

  DetachedUp(Home home, boolean serversOnly) {
    this.home = home;
    this.serversOnly = serversOnly;
  }

  /** Starts the process with the same options. */
  int start(ParseResult up) throws IOException, InterruptedException {
    Files.createDirectories(home.logs());
    Path log = home.logs().resolve("up.log");
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      command.add("/usr/bin/setsid"); // Ctrl-C in this terminal is not meant for it.
    }
    command.add(Installation.root().resolve("wal-cdc").toString());
    up.originalArgs().stream()
        .filter(argument -> !argument.equals("--detach"))
        .forEach(command::add);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    while (!isReady()) {
      if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new CliException(lastLine(log));
      }
    }
    return WalCdc.OK;
  }

  private boolean isReady() {
    return serversOnly
        ? home.servers().isPresent()
        : home.pipeline().filter(Health::isUp).isPresent();
  }

  private static String lastLine(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log).stream().filter(line -> !line.isBlank()).toList();
    String last = lines.isEmpty() ? "It ended without a word." : lines.get(lines.size() - 1);
    return last.replaceFirst("^wal-cdc: ", "");
  }
}
