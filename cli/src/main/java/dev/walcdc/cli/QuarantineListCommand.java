package dev.walcdc.cli;

import dev.walcdc.quarantine.Letter;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code wal-cdc quarantine list}: which letters there are. */
@Command(name = "list", description = "Which records are in quarantine, of which sink, and why.")
final class QuarantineListCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;
  @Mixin private LetterChoice choice;

  @Option(names = "--closed", description = "Superseded, replayed and dropped ones as well.")
  private boolean closed;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() {
    try (LetterBox box = LetterBox.open(homeOption.home())) {
      List<Letter> letters =
          choice.isEmpty()
              ? box.letters().stream().filter(letter -> closed || letter.isOpen()).toList()
              : choice.of(box.letters(), box.topicPrefix());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        LetterView.printJson(out, letters);
      } else {
        LetterView.print(out, letters);
        out.printf("%,d letters.%n", letters.size());
      }
      out.flush();
    }
    return WalCdc.OK;
  }
}
