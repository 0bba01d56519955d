package dev.walcdc.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code wal-cdc topic}: records of a topic, from its beginning. */
@Command(
    name = "topic",
    description = "Prints records of a topic from its beginning, one JSON object a line.")
final class TopicCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Parameters(paramLabel = "NAME", description = "The topic, e.g. dbserver1.app.users.")
  private String name;

  @Option(
      names = "--max",
      defaultValue = "10",
      paramLabel = "N",
      description = "How many records at most (default: ${DEFAULT-VALUE}).")
  private int max;

  @Override
  public Integer call() throws Exception {
    Home home = homeOption.home();
    Properties properties = new Properties();
    properties.put(
        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, home.settings().kafka().bootstrapServers());
    home.requireServers();
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      SortedMap<String, List<PartitionInfo>> topics = new TreeMap<>(consumer.listTopics());
      List<PartitionInfo> partitions = topics.get(name);
      if (partitions == null) {
        throw new CliException(
            topics.isEmpty()
                ? "There is no topic `%s`, and no other yet; wait for the pipeline.".formatted(name)
                : "There is no topic `%s`; there are %s."
                    .formatted(name, String.join(", ", topics.keySet())));
      }
      print(
          consumer, partitions.stream().map(p -> new TopicPartition(name, p.partition())).toList());
    }
    return WalCdc.OK;
  }

  private void print(KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions)
      throws Exception {
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    long left = max;
    PrintWriter out = spec.commandLine().getOut();
    // By position: a compacted topic has fewer records than offsets.
    while (left > 0
        && partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
        if (left-- > 0) {
          out.println(line(record));
        }
      }
    }
  }

  /** Key and value stay what they are, text, so that a reader sees the very bytes. */
  private static String line(ConsumerRecord<byte[], byte[]> record) throws Exception {
    StringWriter line = new StringWriter();
    try (JsonGenerator json =
        JsonMapper.builder()
            .disable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build()
            .createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("topic", record.topic());
      json.writeStringField("key", text(record.key()));
      json.writeStringField("value", text(record.value()));
      json.writeObjectFieldStart("headers");
      for (Header header : record.headers()) {
        json.writeStringField(header.key(), text(header.value()));
      }
      json.writeEndObject();
      json.writeNumberField("timestamp", record.timestamp());
      json.writeNumberField("partition", record.partition());
      json.writeNumberField("offset", record.offset());
      json.writeEndObject();
    }
    return line.toString();
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }
}
