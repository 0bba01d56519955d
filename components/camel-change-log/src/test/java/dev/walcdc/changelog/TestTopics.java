package dev.walcdc.changelog;

import static dev.walcdc.local.Server.KAFKA;

import dev.walcdc.local.SharedStack;
import dev.walcdc.log.RecordHeaders;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Topics of one test on the shared broker, under a prefix of their own. */
final class TestTopics implements AutoCloseable {

  private static final AtomicInteger COUNT = new AtomicInteger();

  final String prefix = "log" + COUNT.incrementAndGet();
  final String brokers = SharedStack.with(KAFKA).settings().kafka().bootstrapServers();
  private final Admin admin = Admin.create(Map.of("bootstrap.servers", brokers));
  private final KafkaProducer<byte[], byte[]> producer =
      new KafkaProducer<>(
          Map.of("bootstrap.servers", brokers, "acks", "all", "linger.ms", 5),
          new ByteArraySerializer(),
          new ByteArraySerializer());

  TestTopics() throws Exception {
    create(prefix + ".schemas", 1);
  }

  /** The table's topic. */
  String topic(String table) {
    return prefix + ".app." + table;
  }

  /** Makes the table's topic and puts its schema on the schemas topic. */
  TableSchema table(String table, int partitions) throws Exception {
    TableSchema schema = schema(table, 1);
    publish(schema);
    create(topic(table), partitions);
    return schema;
  }

  static TableSchema schema(String table, long sequence) {
    List<Column> columns = List.of(new Column("id", PostgresType.of("int8"), false, 1));
    return new TableSchema("app", table, columns, List.of("id"), 1, sequence);
  }

  void create(String topic, int partitions) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
  }

  void addPartitions(String table, int total) throws Exception {
    admin.createPartitions(Map.of(topic(table), NewPartitions.increaseTo(total))).all().get();
  }

  void set(String topic, String option, String value) throws Exception {
    AlterConfigOp set = new AlterConfigOp(new ConfigEntry(option, value), AlterConfigOp.OpType.SET);
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
  }

  void publish(TableSchema schema) throws Exception {
    byte[] key = schema.fingerprint().getBytes(StandardCharsets.US_ASCII);
    producer.send(new ProducerRecord<>(prefix + ".schemas", key, schema.toJson())).get();
  }

  /** Writes records whose values are these numbers, round the topic's partitions. */
  void write(TableSchema schema, int partitions, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      byte[] value = Integer.toString(i).getBytes(StandardCharsets.US_ASCII);
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(topic(schema.table()), i % partitions, value, value);
      record
          .headers()
          .add(RecordHeaders.SCHEMA, schema.fingerprint().getBytes(StandardCharsets.US_ASCII));
      producer.send(record);
    }
    producer.flush();
  }

  /** Writes one record to partition 0, without a header where the fingerprint is null. */
  void write(String topic, byte[] key, byte[] value, String fingerprint) throws Exception {
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, key, value);
    if (fingerprint != null) {
      record.headers().add(RecordHeaders.SCHEMA, fingerprint.getBytes(StandardCharsets.US_ASCII));
    }
    producer.send(record).get();
  }

  /** What the group has committed of the topic, by partition; 0 where it has nothing. */
  Map<Integer, Long> committed(String group, String table, int partitions) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> all =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    Map<Integer, Long> offsets = new HashMap<>();
    for (int i = 0; i < partitions; i++) {
      OffsetAndMetadata offset = all.get(new TopicPartition(topic(table), i));
      offsets.put(i, Optional.ofNullable(offset).map(OffsetAndMetadata::offset).orElse(0L));
    }
    return offsets;
  }

  void deleteBefore(String table, long offset) throws Exception {
    admin
        .deleteRecords(
            Map.of(new TopicPartition(topic(table), 0), RecordsToDelete.beforeOffset(offset)))
        .all()
        .get();
  }

  /** A member of the readers' group, not yet joined, that counts as alive for this long. */
  KafkaConsumer<byte[], byte[]> member(String name, Duration session) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", brokers);
    properties.put("group.id", prefix);
    properties.put("group.instance.id", name);
    properties.put("session.timeout.ms", (int) session.toMillis());
    properties.put("partition.assignment.strategy", TableAssignor.class.getName());
    KafkaConsumer<byte[], byte[]> member =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    member.subscribe(Pattern.compile(Pattern.quote(prefix) + "\\.app\\..*"));
    return member;
  }

  /** Whether a reader of this name is in the group and has its tables. */
  boolean hasMember(String name) throws Exception {
    return admin.describeConsumerGroups(List.of(prefix)).all().get().get(prefix).members().stream()
        .anyMatch(
            member ->
                member.groupInstanceId().equals(Optional.of(name))
                    && !member.assignment().topicPartitions().isEmpty());
  }

  @Override
  public void close() {
    producer.close();
    admin.close();
  }
}
