package dev.walcdc.cli;

import dev.walcdc.quarantine.LetterRequest.Action;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code wal-cdc quarantine drop}: give letters up. */
@Command(
    name = "drop",
    description =
        "Gives letters up: their rows stay as the sinks have them until they change or are resynced.")
final class QuarantineDropCommand implements Callable<Integer> {

  @Mixin private LetterAction action;

  @Override
  public Integer call() throws InterruptedException {
    return action.run(Action.DROP);
  }
}
