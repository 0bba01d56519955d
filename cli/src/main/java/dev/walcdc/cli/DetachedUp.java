package dev.walcdc.cli;

import dev.walcdc.local.OwnSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.ParseResult;

/** Runs `up` in a process of its own and waits until that is ready or has failed. */
final class DetachedUp {

  private static final long LOOK_MILLIS = 200;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String COMPLAINT = "wal-cdc: ";

  private final Home home;
  private final boolean serversOnly;

  DetachedUp(Home home, boolean serversOnly) {
    this.home = home;
    this.serversOnly = serversOnly;
  }

  /**
   * Starts the process with the same options and waits. The servers may take their time, for they
   * may have to be downloaded; a pipeline that is not well in time goes on nevertheless.
   */
  int start(ParseResult up) throws IOException, InterruptedException {
    Path log = home.logs().resolve("up.log");
    List<String> command = new ArrayList<>();
    command.add(Installation.root().resolve("wal-cdc").toString());
    up.originalArgs().stream()
        .filter(argument -> !argument.equals("--detach") && !argument.startsWith("--detach="))
        .forEach(command::add);
    Process process =
        new ProcessBuilder(OwnSession.of(command))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    long deadline = 0;
    while (!isReady(process)) {
      if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new CliException(complaint(log));
      }
      if (deadline == 0 && pipelineOf(process).isPresent()) {
        deadline = System.nanoTime() + PATIENCE.toNanos();
      }
      if (deadline != 0 && System.nanoTime() > deadline) {
        throw new CliException(
            "The pipeline runs but is not well after %d s; look at its logs in %s, or stop it with `wal-cdc down`."
                .formatted(PATIENCE.toSeconds(), home.logs()));
      }
    }
    return WalCdc.OK;
  }

  private boolean isReady(Process process) {
    return serversOnly
        ? home.servers().filter(run -> run.process().pid() == process.pid()).isPresent()
        : pipelineOf(process).filter(Run::isWell).isPresent();
  }

  /** Of this process and not of another `up` that came first. */
  private Optional<Run> pipelineOf(Process process) {
    return home.pipeline().filter(run -> run.process().pid() == process.pid());
  }

  /** What the process complained of, to the end; all of its output if it ended otherwise. */
  private static String complaint(Path log) throws IOException {
    String output = Files.readString(log).strip();
    int sentence = output.lastIndexOf("\n" + COMPLAINT) + 1;
    if (!output.startsWith(COMPLAINT, sentence)) {
      return "`up` ended without a complaint; its output is in %s.".formatted(log);
    }
    return output.substring(sentence + COMPLAINT.length());
  }
}
