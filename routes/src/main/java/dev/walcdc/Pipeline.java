package dev.walcdc;

import java.util.Optional;
import org.apache.camel.main.Main;

/**
 * Runs the routes that the configuration names, in one process, until it is told to stop. SIGTERM
 * stops the routes in order: what is in flight is finished, nothing unfinished is confirmed.
 */
public final class Pipeline {

  /**
   * Environment variable with the id of the parent process, where this process is not to outlive
   * it.
   */
  private static final String OWNER = "OWNER_PID";

  private static final int OWNER_GONE = 3;

  private Pipeline() {}

  /**
   * Starts the pipeline.
   *
   * @param args of Camel's own main, see {@code -help}
   */
  public static void main(String[] args) throws Exception {
    endWith(System.getenv(OWNER));
    Main main = main();
    System.exit(main.run(args));
  }

  /** A command line that was killed can stop nothing: its pipeline would read on, unseen. */
  private static void endWith(String owner) {
    if (owner == null) {
      return;
    }
    // By the handle of the parent, and not by the number alone: that may be another's by now.
    Optional<ProcessHandle> parent =
        ProcessHandle.current().parent().filter(p -> p.pid() == Long.parseLong(owner));
    Thread watch =
        new Thread(
            () -> {
              parent.ifPresent(process -> process.onExit().join());
              System.exit(OWNER_GONE);
            },
            "owner-watch");
    watch.setDaemon(true);
    watch.start();
  }

  /**
   * All routes of the class path, or those that {@code CAMEL_MAIN_ROUTESINCLUDEPATTERN} names. Not
   * by application.properties: Camel JBang reads that too, and is told its routes on the command
   * line.
   */
  static Main main() {
    Main main = new Main(Pipeline.class);
    main.configure().setRoutesIncludePattern("classpath:routes/*.camel.yaml");
    return main;
  }
}
