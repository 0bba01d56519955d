package dev.walcdc.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code wal-cdc verify}. */
@Command(name = "verify", description = "Compares PostgreSQL with the sinks, row by row.")
final class VerifyCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    throw new CliException("Not built yet.");
  }
}
