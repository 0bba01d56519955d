package dev.walcdc;

import org.apache.camel.main.Main;

/**
 * Runs the routes that the configuration names, in one process, until it is told to stop. SIGTERM
 * stops the routes in order: what is in flight is finished, nothing unfinished is confirmed.
 */
public final class Pipeline {

  private Pipeline() {}

  /**
   * Starts the pipeline.
   *
   * @param args of Camel's own main, see {@code -help}
   */
  public static void main(String[] args) throws Exception {
    Main main = main();
    System.exit(main.run(args));
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
