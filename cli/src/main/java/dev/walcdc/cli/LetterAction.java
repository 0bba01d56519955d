package dev.walcdc.cli;

import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterRequest.Action;
import dev.walcdc.quarantine.LetterState;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What {@code replay} and {@code drop} have in common: they ask the sink that wrote the letters,
 * and wait for it.
 */
final class LetterAction {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Mixin private HomeOption homeOption;
  @Mixin private LetterChoice choice;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait for the sinks (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  /** Asks, waits and says what came of it. */
  int run(Action action) throws InterruptedException {
    if (choice.isEmpty()) {
      throw new CliException(
          "Say which: LETTER, `--table SCHEMA.TABLE` or `--all`; `wal-cdc quarantine list` has their names.");
    }
    try (LetterBox box = LetterBox.open(homeOption.home())) {
      List<Letter> letters = choice.of(box.letters(), box.topicPrefix());
      List<LetterBox.Outcome> outcomes =
          box.ask(action, letters, Duration.ofSeconds(timeoutSeconds));
      print(outcomes.stream().map(LetterBox.Outcome::letter).toList());
      long waiting = outcomes.stream().filter(outcome -> !outcome.answered()).count();
      if (waiting > 0) {
        throw new CliException(
            "%d requests wait for a sink that does not run, or whose table waits: see `wal-cdc status`; they hold, and it will act on them when it can."
                .formatted(waiting));
      }
      return outcomes.stream().anyMatch(outcome -> outcome.letter().state() == LetterState.OPEN)
          ? WalCdc.NO
          : WalCdc.OK;
    }
  }

  private void print(List<Letter> letters) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      LetterView.printJson(out, letters);
    } else {
      LetterView.print(out, letters);
    }
    out.flush();
  }
}
