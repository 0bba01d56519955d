package dev.walcdc.capture.resync;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import java.util.List;

/**
 * A resync and how far it is; a part of capture's state. Immutable.
 *
 * @param id of the signal that asked for it
 * @param request what was asked for
 * @param phase how it stands
 * @param notBefore transaction id: the reading begins once every transaction below it has ended; 0
 *     where it need not wait for any
 * @param start version of the mark that was set before the first reading, as {@link
 *     dev.walcdc.change.Version#toString()}; null before that. Rows below it that are not found
 *     again are gone
 * @param lastKey key of the last row of the last chunk that is on the log, as text in key order;
 *     null before the first chunk, and of a table without a key
 * @param rows rows read and written so far
 * @param expectedRows roughly how many there will be; -1 where that is not known
 * @param message why it ended or waits, for people; null where there is nothing to say
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ResyncJob(
    String id,
    ResyncRequest request,
    Phase phase,
    long notBefore,
    String start,
    List<String> lastKey,
    long rows,
    long expectedRows,
    String message) {

  /** How a resync stands. */
  public enum Phase {
    /** It waits for its turn. */
    WAITING,
    /** Its table is being read. */
    READING,
    /** Everything is on the log, the fence included. */
    DONE,
    /** It was cancelled: what was read stays, nothing was let go. */
    CANCELLED,
    /** It cannot be done; the message says why. */
    REFUSED
  }

  /** A job that nothing was done for yet. */
  public static ResyncJob of(String id, ResyncRequest request, long notBefore) {
    return new ResyncJob(id, request, Phase.WAITING, notBefore, null, null, 0, -1, null);
  }

  /** Whether there is nothing more to do for it. */
  @JsonIgnore
  public boolean isEnded() {
    return phase != Phase.WAITING && phase != Phase.READING;
  }

  /** The table that it is about. */
  @JsonIgnore
  public TableName table() {
    return request.name();
  }

  /** The same once its first mark has come by. */
  public ResyncJob started(String mark, long expected) {
    return new ResyncJob(id, request, Phase.READING, notBefore, mark, null, 0, expected, null);
  }

  /** The same with more rows on the log, up to this key. */
  public ResyncJob read(List<String> key, long more) {
    return new ResyncJob(
        id, request, Phase.READING, notBefore, start, key, rows + more, expectedRows, null);
  }

  /** The same at its end. */
  public ResyncJob ended(Phase how, String why) {
    return new ResyncJob(id, request, how, notBefore, start, lastKey, rows, expectedRows, why);
  }

  /** The same with a reason for its not going on. */
  public ResyncJob waiting(String why) {
    return new ResyncJob(id, request, phase, notBefore, start, lastKey, rows, expectedRows, why);
  }
}
