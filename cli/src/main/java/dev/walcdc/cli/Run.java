package dev.walcdc.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.walcdc.local.ProcessIdentity;
import java.net.URI;
import java.util.List;

/**
 * One run of `up`, as its file in the home says.
 *
 * @param process the run's own process
 * @param mode where changes come from; null for a run of servers only
 * @param source the source's URL without its password; null for the embedded PostgreSQL
 * @param parts processes of the pipeline: one, or one a stage; empty for a run of servers only
 * @param searchPort where questions are answered; null where none are
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Run(
    ProcessIdentity process, Mode mode, String source, List<Part> parts, Integer searchPort) {

  /**
   * A process of the pipeline, over all of its restarts.
   *
   * @param name the stage, or {@link PipelineProcesses#WHOLE}
   * @param managementPort port of its health and metrics
   */
  record Part(String name, int managementPort) {}

  Run {
    parts = List.copyOf(parts);
  }

  static Run ofThisProcess(Mode mode, String source, List<Part> parts, Integer searchPort) {
    ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
    return new Run(self, mode, source, parts, searchPort);
  }

  /** Where questions are answered; only where they are. */
  URI searchService() {
    return URI.create("http://127.0.0.1:%d/search".formatted(searchPort));
  }

  /** Whether every process of the pipeline says that all is well. */
  @JsonIgnore
  boolean isWell() {
    return parts.stream().allMatch(part -> Health.of(part.managementPort()) == Health.UP);
  }

  /** Whether the process that wrote the file still runs. */
  boolean goesOn() {
    return process.alive().isPresent();
  }
}
