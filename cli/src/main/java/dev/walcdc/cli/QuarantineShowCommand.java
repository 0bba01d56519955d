package dev.walcdc.cli;

import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterDocument;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code wal-cdc quarantine show}: a letter as a whole. */
@Command(
    name = "show",
    description =
        "Prints letters as JSON documents, with the record's bytes: the same as the archive on S3 has.")
final class QuarantineShowCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;
  @Mixin private LetterChoice choice;

  @Override
  public Integer call() {
    if (choice.isEmpty()) {
      throw new CliException(
          "Say which: LETTER, `--table SCHEMA.TABLE` or `--all`; `wal-cdc quarantine list` has their names.");
    }
    try (LetterBox box = LetterBox.open(homeOption.home())) {
      List<Letter> letters = choice.of(box.letters(), box.topicPrefix());
      LetterDocument document = new LetterDocument();
      PrintWriter out = spec.commandLine().getOut();
      for (Letter letter : box.withBytes(letters)) {
        out.println(new String(document.write(letter), StandardCharsets.UTF_8));
      }
      out.flush();
      return letters.isEmpty() ? WalCdc.NO : WalCdc.OK;
    }
  }
}
