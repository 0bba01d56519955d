package dev.walcdc.changelog;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.apache.kafka.common.KafkaException;

/**
 * Part of the health of the route's consumer: down while the log cannot be read or a table's batch
 * keeps failing. Letters in quarantine are a detail: the table goes on beside them.
 */
final class ChangeLogHealthCheck extends AbstractHealthCheck {

  private final ChangeLogConsumer consumer;

  ChangeLogHealthCheck(ChangeLogConsumer consumer, String routeId) {
    super("consumers", "change-log-" + routeId);
    this.consumer = consumer;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    Throwable readerFailure = consumer.readerFailure();
    if (readerFailure != null) {
      builder
          .message("The log cannot be read: " + message(readerFailure))
          .error(readerFailure)
          .down();
      return;
    }
    Map<String, Throwable> failing = consumer.failing();
    consumer
        .openLetters()
        .forEach((topic, open) -> builder.detail("quarantine " + topic, open + " open letters"));
    failing.forEach((topic, cause) -> builder.detail(topic, String.valueOf(cause.getMessage())));
    if (failing.isEmpty()) {
      builder.up();
    } else {
      builder.message("Tables wait: " + failing.keySet()).down();
    }
  }

  /** Kafka wraps what goes wrong on assignment into an exception that says nothing. */
  private static String message(Throwable failure) {
    Throwable telling = failure;
    while (telling instanceof KafkaException && telling.getCause() != null) {
      telling = telling.getCause();
    }
    return String.valueOf(telling.getMessage());
  }
}
