package dev.walcdc.cli;

import dev.walcdc.capture.CaptureException;
import dev.walcdc.local.StackException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/**
 * The command line. Exit codes: 0 all is well, 1 the answer is no (tables differ, a source lacks
 * something, a resync was not done), 2 it could not be done; then one sentence says why and what to
 * do.
 */
@Command(
    name = "wal-cdc",
    description = "Carries every committed PostgreSQL row change to ClickHouse and Apache Iceberg.",
    mixinStandardHelpOptions = true,
    version = "wal-cdc 0.1.0",
    scope = CommandLine.ScopeType.INHERIT,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      " 0:all is well",
      " 1:the answer is no: tables differ, a source lacks something, a resync or maintenance was not done",
      " 2:it could not be done; one sentence says why and what to do"
    },
    subcommands = {
      UpCommand.class,
      DownCommand.class,
      StatusCommand.class,
      VerifyCommand.class,
      QuarantineCommand.class,
      ResyncCommand.class,
      MaintainCommand.class,
      SearchCommand.class,
      DoctorCommand.class,
      SqlCommand.class,
      EnvCommand.class,
      TopicCommand.class
    })
public final class WalCdc implements Runnable {

  static final int OK = 0;
  static final int NO = 1;
  static final int FAILED = 2;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new WalCdc())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(WalCdc::refuse)
        .setExecutionExceptionHandler((e, command, parsed) -> explain(e, command));
  }

  /** Without a command: what there is. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private static int refuse(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command
        .getErr()
        .printf("wal-cdc: %s; see `wal-cdc %s--help`.%n", e.getMessage(), name(command));
    return FAILED;
  }

  private static String name(CommandLine command) {
    return command.getParent() == null ? "" : command.getCommandName() + " ";
  }

  /** What was foreseen is a sentence; what was not shows where it happened. */
  private static int explain(Exception e, CommandLine command) {
    PrintWriter err = command.getErr();
    if (e instanceof CliException || e instanceof StackException || e instanceof CaptureException) {
      err.println("wal-cdc: " + e.getMessage());
    } else {
      err.println("wal-cdc: " + e);
      e.printStackTrace(err);
    }
    return FAILED;
  }
}
