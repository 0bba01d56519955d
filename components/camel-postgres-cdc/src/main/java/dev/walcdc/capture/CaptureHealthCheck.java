package dev.walcdc.capture;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * Part of the health of the route's consumer: down while the engine is dead or a batch cannot be
 * written.
 */
final class CaptureHealthCheck extends AbstractHealthCheck {

  private final PostgresCdcConsumer consumer;

  CaptureHealthCheck(PostgresCdcConsumer consumer, String routeId) {
    super("consumers", "postgres-cdc-" + routeId);
    this.consumer = consumer;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    Exception failure = consumer.failure();
    if (failure == null) {
      builder.up();
    } else {
      builder.message("Nothing is captured: " + failure.getMessage()).error(failure).down();
    }
  }
}
