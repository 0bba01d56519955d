package dev.walcdc.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code wal-cdc quarantine}: records that a sink could not apply, and what is to become of them.
 */
@Command(
    name = "quarantine",
    description = "Records that a sink could not apply: what they are, and what to do with them.",
    subcommands = {
      QuarantineListCommand.class,
      QuarantineShowCommand.class,
      QuarantineReplayCommand.class,
      QuarantineDropCommand.class
    })
final class QuarantineCommand implements Runnable {

  @Spec private CommandSpec spec;

  /** Without a command: what there is. */
  @Override
  public void run() {
    CommandLine command = spec.commandLine();
    command.usage(command.getOut());
  }
}
