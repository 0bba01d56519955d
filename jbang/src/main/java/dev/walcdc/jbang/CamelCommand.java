package dev.walcdc.jbang;

import org.apache.camel.dsl.jbang.core.commands.CamelJBangMain;

/** Camel's command line, {@code camel run ...}; its own artifact has no main class. */
public final class CamelCommand {

  private CamelCommand() {}

  /** Runs one command of Camel JBang. */
  public static void main(String[] args) {
    CamelJBangMain.run(args);
  }
}
