package dev.walcdc;

import dev.walcdc.process.OwnerProcess;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;

/**
 * Runs the routes that the configuration names, in one process, until it is told to stop. SIGTERM
 * stops the routes in order: what is in flight is finished, nothing unfinished is confirmed.
 */
public final class Pipeline {

  /**
   * Environment variable that names the stages of this process, comma between; without it the
   * process runs them all. Not a property of application.properties: Camel JBang reads that too,
   * and is told its routes on the command line.
   */
  public static final String STAGES = "STAGES";

  private Pipeline() {}

  /**
   * Starts the pipeline.
   *
   * @param args of Camel's own main, see {@code -help}
   */
  public static void main(String[] args) throws Exception {
    OwnerProcess.endWith();
    Main main = of(System.getenv(STAGES));
    System.exit(main.run(args));
  }

  /**
   * All routes of the class path, or those of some stages.
   *
   * @param stages see {@link #STAGES}; null or blank for all
   * @throws IllegalArgumentException if there is no such stage
   */
  static Main of(String stages) {
    Main main = new Main(Pipeline.class);
    if (stages == null || stages.isBlank()) {
      main.configure().setRoutesIncludePattern("classpath:routes/*.camel.yaml");
      return main;
    }
    List<Stage> chosen = Stage.parse(stages);
    List<String> files = new ArrayList<>(List.of(file("delivery-policy")));
    chosen.forEach(stage -> files.add(file(stage.id())));
    main.configure().setRoutesIncludePattern(String.join(",", files));
    main.addMainListener(
        new MainListenerSupport() {
          @Override
          public void afterConfigure(BaseMainSupport configured) {
            try {
              configured
                  .getCamelContext()
                  .addStartupListener((context, started) -> refuseMissing(chosen, context));
            } catch (Exception e) {
              throw RuntimeCamelException.wrapRuntimeException(e);
            }
          }
        });
    return main;
  }

  private static String file(String name) {
    return "classpath:routes/" + name + ".camel.yaml";
  }

  /** A route whose precondition does not hold is left out in silence; nobody would run it then. */
  private static void refuseMissing(List<Stage> stages, CamelContext context) {
    for (Stage stage : stages) {
      if (context.getRoute(stage.id()) == null) {
        throw new IllegalStateException(
            "`STAGES` names `%s`, which is no part of ingestion mode `%s` as it is configured; choose another stage, or set `INGESTION_MODE` (and for `verify` `VERIFY_INTERVAL`, for `maintain-lakehouse` `MAINTAIN_INTERVAL`, for `search` `SEARCH_ENABLED`)"
                .formatted(stage.id(), context.resolvePropertyPlaceholders("{{ingestion.mode}}")));
      }
    }
  }
}
