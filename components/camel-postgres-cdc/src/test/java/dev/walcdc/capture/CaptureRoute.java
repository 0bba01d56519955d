package dev.walcdc.capture;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;

/** The route of capture with the options of its two Kamelets, and room for faults around Kafka. */
final class CaptureRoute extends RouteBuilder {

  static final String ID = "capture";

  /** Where a message goes that names no topic. */
  static final String UNROUTED = "unrouted";

  private final String name;
  private final Map<String, String> options;
  private final Processor before;
  private final Processor after;

  CaptureRoute(String name, Map<String, String> options, Processor before, Processor after) {
    this.name = name;
    this.options = options;
    this.before = before;
    this.after = after;
  }

  @Override
  public void configure() {
    from(uri("postgres-cdc:" + name, options))
        .routeId(ID)
        .process(before)
        .to(uri("kafka:" + UNROUTED, kafka(options.get("brokers"))))
        .process(after);
  }

  private static Map<String, String> kafka(String brokers) {
    Map<String, String> kafka = new LinkedHashMap<>();
    kafka.put("brokers", brokers);
    kafka.put("requestRequiredAcks", "all");
    kafka.put("enableIdempotence", "true");
    kafka.put("useIterator", "true");
    kafka.put("batchWithIndividualHeaders", "true");
    kafka.put("recordMetadata", "false");
    kafka.put("compressionCodec", "lz4");
    kafka.put("lingerMs", "5");
    kafka.put("producerBatchSize", "262144");
    kafka.put("maxRequestSize", "16777216");
    kafka.put("requestTimeoutMs", "10000");
    kafka.put("deliveryTimeoutMs", "30000");
    kafka.put("maxBlockMs", "10000");
    kafka.put("keySerializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
    kafka.put("valueSerializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
    return kafka;
  }

  private static String uri(String path, Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(e -> e.getKey() + "=RAW(" + e.getValue() + ")")
        .collect(Collectors.joining("&", path + "?", ""));
  }
}
