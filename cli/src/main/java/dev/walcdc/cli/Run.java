package dev.walcdc.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.walcdc.local.ProcessIdentity;

/**
 * One run of `up`, as its file in the home says.
 *
 * @param process the run's own process
 * @param mode where changes come from; null for a run of servers only
 * @param source the source's URL without its password; null for the embedded PostgreSQL
 * @param managementPort port of the pipeline's health and metrics; 0 without a pipeline
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Run(ProcessIdentity process, Mode mode, String source, int managementPort) {

  static Run ofThisProcess(Mode mode, String source, int managementPort) {
    ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
    return new Run(self, mode, source, managementPort);
  }

  /** Whether the process that wrote the file still runs. */
  boolean goesOn() {
    return process.alive().isPresent();
  }
}
