package dev.walcdc.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Optional;

/**
 * One run of `up`, as its file in the home says.
 *
 * @param pid process of the run
 * @param startedAt when that process started, so that another one with its number is not mistaken
 *     for it
 * @param mode where changes come from; null for a run of servers only
 * @param source the source's URL without its password; null for the embedded PostgreSQL
 * @param managementPort port of the pipeline's health and metrics; 0 without a pipeline
 * @param pipelinePid process of the pipeline; 0 without one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Run(
    long pid, String startedAt, Mode mode, String source, int managementPort, long pipelinePid) {

  static Run ofThisProcess(Mode mode, String source, int managementPort) {
    ProcessHandle self = ProcessHandle.current();
    return new Run(self.pid(), startOf(self), mode, source, managementPort, 0);
  }

  Run withPipeline(long processId) {
    return new Run(pid, startedAt, mode, source, managementPort, processId);
  }

  /** The process, if it is still the one that wrote the file. */
  @JsonIgnore
  Optional<ProcessHandle> process() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(handle -> startOf(handle).equals(startedAt));
  }

  private static String startOf(ProcessHandle process) {
    return process.info().startInstant().orElse(Instant.EPOCH).toString();
  }
}
