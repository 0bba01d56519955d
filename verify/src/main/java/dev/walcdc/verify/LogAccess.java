package dev.walcdc.verify;

import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.capture.state.StateLog;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.log.TopicNames;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;

/**
 * Where the log is that capture writes.
 *
 * @param brokers how to reach it
 * @param topicPrefix first part of the topics' names
 * @param connector name of the connector that captures
 */
public record LogAccess(KafkaConnection brokers, String topicPrefix, String connector) {

  String topicOf(TablePlan plan) {
    return TopicNames.of(topicPrefix, plan.table().schema(), plan.table().table());
  }

  String schemasTopic() {
    return topicPrefix + ".schemas";
  }

  /** What capture stored last; empty if it never ran. */
  Optional<CaptureState> state() {
    try {
      return new StateLog(brokers, topicPrefix + ".positions").last(connector);
    } catch (KafkaException e) {
      throw failed(e);
    }
  }

  VerifyException failed(KafkaException e) {
    return new VerifyException(
        "The log cannot be read from %s: %s. Check that the brokers run"
            .formatted(brokers, e.getMessage()),
        e);
  }
}
