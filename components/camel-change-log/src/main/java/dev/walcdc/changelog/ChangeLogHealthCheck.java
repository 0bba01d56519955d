package dev.walcdc.changelog;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** Down while the log cannot be read or a table's batch keeps failing. */
final class ChangeLogHealthCheck extends AbstractHealthCheck {

  private final ChangeLogConsumer consumer;

  ChangeLogHealthCheck(ChangeLogConsumer consumer, String routeId) {
    super("components", "change-log-" + routeId);
    this.consumer = consumer;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    Exception readerFailure = consumer.readerFailure();
    if (readerFailure != null) {
      builder.message("The log cannot be read").error(readerFailure).down();
      return;
    }
    Map<String, Exception> failing = consumer.failing();
    failing.forEach((topic, cause) -> builder.detail(topic, String.valueOf(cause.getMessage())));
    if (failing.isEmpty()) {
      builder.up();
    } else {
      builder.message("Tables wait: " + failing.keySet()).down();
    }
  }
}
