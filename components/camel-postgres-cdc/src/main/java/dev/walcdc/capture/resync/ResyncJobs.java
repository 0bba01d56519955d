package dev.walcdc.capture.resync;

import dev.walcdc.capture.resync.ResyncJob.Phase;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resyncs that were asked for, in their order, and the last ones that ended. For any thread: a
 * request may come from anywhere in capture.
 */
public final class ResyncJobs implements RereadRequests {

  private static final Logger LOG = LoggerFactory.getLogger(ResyncJobs.class);

  /** So many that ended are kept, for those who asked. */
  private static final int KEPT = 20;

  private final Map<String, ResyncJob> jobs = new LinkedHashMap<>();

  /**
   * @param stored as the state has them
   */
  public ResyncJobs(List<ResyncJob> stored) {
    stored.forEach(job -> jobs.put(job.id(), job));
  }

  /** As the state stores them. */
  public synchronized List<ResyncJob> all() {
    return List.copyOf(jobs.values());
  }

  /**
   * Asks for a resync of a whole table. One that is asked for already and has not begun is as good.
   *
   * @param notBefore see {@link ResyncJob}
   */
  public synchronized void request(TableName table, String reason, long notBefore) {
    boolean asked =
        jobs.values().stream()
            .anyMatch(
                job ->
                    job.phase() == Phase.WAITING
                        && job.table().equals(table)
                        && job.request().where() == null
                        && job.notBefore() >= notBefore);
    if (!asked) {
      add(
          UUID.randomUUID().toString(),
          new ResyncRequest(table.schema(), table.table(), null, reason),
          notBefore);
    }
  }

  /** The reading begins behind the change that made capture notice, so it waits for nobody. */
  @Override
  public void readAgain(TableName table, String reason) {
    LOG.warn(
        "The sinks' rows of table {} may be other than the source's: {}. It is read again",
        table,
        reason);
    request(table, reason, 0);
  }

  /** Adds what a signal asks for; a signal that comes again after a restart is known by its id. */
  public synchronized void add(String id, ResyncRequest request, long notBefore) {
    jobs.putIfAbsent(id, ResyncJob.of(id, request, notBefore));
  }

  /** The job that is next or under way; empty if there is none. */
  public synchronized Optional<ResyncJob> current() {
    return jobs.values().stream()
        .filter(job -> !job.isEnded())
        .reduce((a, b) -> a.phase() == Phase.READING ? a : b.phase() == Phase.READING ? b : a);
  }

  /** Puts a job's new state in its place. */
  public synchronized void update(ResyncJob job) {
    jobs.replace(job.id(), job);
    List<String> ended =
        new ArrayList<>(
            jobs.values().stream().filter(ResyncJob::isEnded).map(ResyncJob::id).toList());
    while (ended.size() > KEPT) {
      jobs.remove(ended.remove(0));
    }
  }

  /** Ends all that have not ended. */
  public synchronized void endAll(Phase how, String why) {
    all().stream().filter(job -> !job.isEnded()).forEach(job -> update(job.ended(how, why)));
  }
}
