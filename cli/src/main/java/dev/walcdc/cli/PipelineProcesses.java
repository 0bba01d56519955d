package dev.walcdc.cli;

import dev.walcdc.Pipeline;
import dev.walcdc.Stage;
import dev.walcdc.local.LocalStack;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The processes of a pipeline: one for all stages, which is the least for a laptop, or one a stage,
 * as in a cluster, where one may die without the others. Each comes back when it ends.
 */
final class PipelineProcesses implements AutoCloseable {

  /** Name of the process that runs all stages. */
  static final String WHOLE = "pipeline";

  /** Heap of a process that runs all stages. */
  static final int HEAP_OF_ALL_MEBIBYTES = 1024;

  private static final int HEAP_OF_ONE_MEBIBYTES = 768;

  private final List<Run.Part> parts = new ArrayList<>();
  private final List<PipelineProcess> processes = new ArrayList<>();

  private PipelineProcesses() {}

  /**
   * All stages in one process.
   *
   * @param environment without a management port
   * @param logs folder of its log
   */
  static PipelineProcesses together(Map<String, String> environment, Path logs) throws IOException {
    PipelineProcesses all = new PipelineProcesses();
    all.start(WHOLE, HEAP_OF_ALL_MEBIBYTES, environment, logs);
    return all;
  }

  /**
   * Each stage in a process of its own.
   *
   * @param environment without a management port
   * @param logs folder of their logs
   */
  static PipelineProcesses split(List<Stage> stages, Map<String, String> environment, Path logs)
      throws IOException {
    PipelineProcesses all = new PipelineProcesses();
    try {
      for (Stage stage : stages) {
        Map<String, String> own = new LinkedHashMap<>(environment);
        own.put(Pipeline.STAGES, stage.id());
        // One process listens for questions, or none.
        own.computeIfPresent(
            PipelineEnvironment.SEARCH_ENABLED,
            (name, enabled) -> Boolean.toString(stage == Stage.SEARCH));
        all.start(stage.id(), HEAP_OF_ONE_MEBIBYTES, own, logs);
      }
      return all;
    } catch (IOException | RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private void start(String name, int heapMebibytes, Map<String, String> environment, Path logs)
      throws IOException {
    int managementPort = LocalStack.freePort();
    Map<String, String> own = new LinkedHashMap<>(environment);
    own.put(PipelineEnvironment.MANAGEMENT_PORT, Integer.toString(managementPort));
    processes.add(new PipelineProcess(name, heapMebibytes, own, logs.resolve(name + ".log")));
    parts.add(new Run.Part(name, managementPort));
  }

  /** What there is of them. */
  List<Run.Part> parts() {
    return List.copyOf(parts);
  }

  /** Ends all, at the same time. */
  @Override
  public void close() {
    processes.parallelStream().forEach(PipelineProcess::close);
  }
}
