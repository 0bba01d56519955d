package dev.walcdc.flink.job;

import dev.walcdc.flink.lake.OtherWriterException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One table's job from its start to its end. It waits for a table that capture has not met yet, and
 * for servers that do not answer. A job that must not be started, or has met what it cannot apply,
 * is tried again after a while: somebody may have done what its sentence says.
 */
public final class TableRun {

  private static final Logger LOG = LoggerFactory.getLogger(TableRun.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration REMEDY = Duration.ofSeconds(20);

  private final SqlFolder folder;
  private final String table;
  private final Settings settings;
  private final Configuration cluster;
  private final Consumer<String> said;
  private String lastSaid = "";

  /**
   * Makes one.
   *
   * @param table as the source has it
   * @param cluster see {@link TableJob#prepare}
   * @param said takes sentences for people, each about the table
   */
  public TableRun(
      SqlFolder folder,
      String table,
      Settings settings,
      Configuration cluster,
      Consumer<String> said) {
    this.folder = folder;
    this.table = table;
    this.settings = settings;
    this.cluster = cluster;
    this.said = said;
  }

  /** Runs the job again and again; an interrupt ends that, not the job. */
  public void runForEver() throws InterruptedException {
    while (true) {
      runOnce();
      Thread.sleep(REMEDY.toMillis());
    }
  }

  /** Runs the job until it ends, which it does only if it must not go on as it is. */
  public void runOnce() throws InterruptedException {
    while (true) {
      try {
        if (isKnown()) {
          end(submit());
          return;
        }
        say("waits until capture has met it");
      } catch (StartRefusedException | OtherWriterException e) {
        say("is not started: " + e.getMessage());
        return;
      } catch (RuntimeException e) {
        say("cannot be started yet: " + Causes.root(e));
        LOG.debug("Table {} cannot be started yet", table, e);
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  private JobClient submit() {
    try (TableJob job = TableJob.prepare(folder, table, settings, cluster)) {
      return job.submit(this::say);
    }
  }

  /** Capture writes the definition before the first record, and that makes the topic. */
  private boolean isKnown() {
    return settings.schemas().all().stream()
            .anyMatch(schema -> schema.qualifiedName().equals(table))
        && LogOffsets.hasTopic(settings, table);
  }

  private void end(JobClient job) throws InterruptedException {
    try {
      job.getJobExecutionResult().get();
      say("has ended");
    } catch (ExecutionException e) {
      say("has stopped: " + Causes.root(e));
      LOG.debug("The job of table {} has stopped", table, e);
    }
  }

  /** What is tried every few seconds is said once. */
  private void say(String sentence) {
    if (!sentence.equals(lastSaid)) {
      lastSaid = sentence;
      said.accept(sentence);
    }
  }
}
