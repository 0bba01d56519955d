package dev.walcdc.capture.state;

import dev.walcdc.changelog.CompactedTopic;
import dev.walcdc.changelog.KafkaConnection;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Reads a connector's {@link CaptureState} back from the positions topic. */
public final class StateLog {

  private final KafkaConnection connection;
  private final String topic;

  public StateLog(KafkaConnection connection, String topic) {
    this.connection = connection;
    this.topic = topic;
  }

  /** The last state of this connector; empty if it never ran. */
  public Optional<CaptureState> last(String connector) {
    AtomicReference<CaptureState> last = new AtomicReference<>();
    new CompactedTopic(connection, topic)
        .readToEnd(
            (key, state) -> {
              if (connector.equals(new String(key, StandardCharsets.UTF_8))) {
                last.set(state == null ? null : CaptureState.fromJson(state));
              }
            });
    return Optional.ofNullable(last.get());
  }
}
