package dev.walcdc.cli;

import dev.walcdc.quarantine.LetterRequest.Action;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code wal-cdc quarantine replay}: apply letters after all. */
@Command(
    name = "replay",
    description =
        "Has the sinks apply letters after all, with every other open letter of the same row, in their order.")
final class QuarantineReplayCommand implements Callable<Integer> {

  @Mixin private LetterAction action;

  @Override
  public Integer call() throws InterruptedException {
    return action.run(Action.REPLAY);
  }
}
