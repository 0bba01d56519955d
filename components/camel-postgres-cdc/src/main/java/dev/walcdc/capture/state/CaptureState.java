package dev.walcdc.capture.state;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.capture.SourcePosition;
import dev.walcdc.capture.resync.ResyncJob;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that capture knows across restarts: one record on the {@code <prefix>.positions}
 * topic, keyed by the connector's name, the last one counts. A reader of the log learns from it
 * that a table is applied through {@code position} once its sink has passed {@code nextOffsets}.
 *
 * @param epoch rises when a slot is created
 * @param phase what was going on
 * @param systemIdentifier of the PostgreSQL cluster that the position belongs to
 * @param timeline of that cluster
 * @param position how far all changes are on the log; null until the snapshot is complete
 * @param nextOffsets of every change topic and partition, read after the position was reached
 * @param tables which tables were captured, with what tells one of the same name apart: see {@link
 *     dev.walcdc.capture.source.SourceCatalog#publishedIdentities}; null where that is not known
 * @param resyncs what is read again or was lately
 * @param recordedAtMicros when, microseconds since 1970 UTC
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CaptureState(
    int epoch,
    Phase phase,
    String systemIdentifier,
    long timeline,
    SourcePosition position,
    Map<String, Map<Integer, Long>> nextOffsets,
    Map<String, String> tables,
    List<ResyncJob> resyncs,
    long recordedAtMicros) {

  public CaptureState {
    resyncs = resyncs == null ? List.of() : List.copyOf(resyncs);
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where capture stands in an epoch. */
  public enum Phase {
    /** The snapshot is being read; if it is cut short, it starts again in a new epoch. */
    SNAPSHOT,
    /** The snapshot is complete; changes follow. */
    STREAMING
  }

  /** The resync that this signal asked for; empty if it is not known, or was too long ago. */
  public Optional<ResyncJob> resync(String id) {
    return resyncs.stream().filter(job -> job.id().equals(id)).findFirst();
  }

  public byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A state of strings and numbers can be written as JSON", e);
    }
  }

  /**
   * Reads what {@link #toJson()} wrote.
   *
   * @throws IllegalArgumentException if it is not that
   */
  public static CaptureState fromJson(byte[] json) {
    try {
      return JSON.readValue(json, CaptureState.class);
    } catch (IOException e) {
      throw new IllegalArgumentException("Not a capture state: " + e.getMessage(), e);
    }
  }
}
