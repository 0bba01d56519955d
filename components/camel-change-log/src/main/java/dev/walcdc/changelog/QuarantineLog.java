package dev.walcdc.changelog;

import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterId;
import dev.walcdc.quarantine.LetterRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The quarantine topic: letters, of which the last record of a key counts, and requests about them.
 * It is compacted and has one partition, so all of its readers see the same history. {@link #read}
 * and {@link #readToEnd} are for one thread, writing for any.
 */
public final class QuarantineLog implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration NOT_AT_ALL = Duration.ZERO;

  /** A letter is a record that the log took once, and headers on top. */
  private static final int LARGEST_LETTER_BYTES = 32 << 20;

  private final KafkaConnection connection;
  private final TopicPartition partition;
  private KafkaConsumer<byte[], byte[]> consumer;
  private KafkaProducer<byte[], byte[]> producer;
  private boolean closed;

  /** Does not connect yet. */
  public QuarantineLog(KafkaConnection connection, String topic) {
    this.connection = connection;
    this.partition = new TopicPartition(topic, 0);
  }

  /** Takes what is read. */
  public interface Reader {

    /**
     * The present form of a letter.
     *
     * @param offset of its record on the quarantine topic
     */
    void letter(Letter letter, long offset);

    /** A letter that is no longer kept. */
    void forgotten(LetterId letter);

    /** Somebody asks for something. */
    void request(LetterRequest request);

    /** A request was acted upon. */
    void answered(LetterId letter);
  }

  /** Makes the topic if it is missing; needs the right to do so only then. */
  public void ensure() {
    if (exists()) {
      return;
    }
    try (Admin admin = Admin.create(connection.properties())) {
      NewTopic topic =
          new NewTopic(partition.topic(), Optional.of(1), Optional.empty())
              .configs(
                  Map.of(
                      TopicConfig.CLEANUP_POLICY_CONFIG,
                      TopicConfig.CLEANUP_POLICY_COMPACT,
                      TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                      Integer.toString(LARGEST_LETTER_BYTES)));
      admin.createTopics(List.of(topic)).all().get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new KafkaException(
            "Topic `%s` cannot be created: %s"
                .formatted(partition.topic(), e.getCause().getMessage()),
            e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("Interrupted", e);
    }
  }

  /** Whether the topic is there: nothing was ever refused where it is not. */
  public boolean exists() {
    return consumer().listTopics().containsKey(partition.topic());
  }

  /** Hands over what has come since the last call and is at hand, without waiting. */
  public void read(Reader reader) {
    poll(reader, NOT_AT_ALL);
  }

  /** Hands over what has come since the last call, to the topic's present end. */
  public void readToEnd(Reader reader) {
    long end = consumer().endOffsets(List.of(partition)).get(partition);
    while (consumer().position(partition) < end) {
      poll(reader, POLL);
    }
  }

  private void poll(Reader reader, Duration wait) {
    for (ConsumerRecord<byte[], byte[]> record : consumer().poll(wait)) {
      boolean gone = record.value() == null;
      if (LetterRequest.isKey(record.key())) {
        if (gone) {
          reader.answered(LetterRequest.letterOf(record.key()));
        } else {
          reader.request(LetterRequest.of(record.key(), record.value()));
        }
      } else if (gone) {
        reader.forgotten(LetterId.parse(new String(record.key(), StandardCharsets.UTF_8)));
      } else {
        reader.letter(letter(record), record.offset());
      }
    }
  }

  /**
   * Letters as they lie on the topic, with their bytes.
   *
   * @param offsets where they were seen last
   * @return by their ids, in the log's order
   */
  public SortedMap<LetterId, Letter> fetch(Collection<Long> offsets) {
    SortedMap<LetterId, Letter> letters = new TreeMap<>();
    TreeMap<Long, Boolean> wanted = new TreeMap<>();
    offsets.forEach(offset -> wanted.put(offset, true));
    if (wanted.isEmpty()) {
      return letters;
    }
    try (KafkaConsumer<byte[], byte[]> fetcher = newConsumer()) {
      fetcher.seek(partition, wanted.firstKey());
      while (fetcher.position(partition) <= wanted.lastKey()) {
        for (ConsumerRecord<byte[], byte[]> record : fetcher.poll(POLL)) {
          if (wanted.containsKey(record.offset())) {
            Letter letter = letter(record);
            letters.put(letter.id(), letter);
          }
        }
      }
    }
    return letters;
  }

  /**
   * Writes letters and waits until they are durable.
   *
   * @return the offset of each on the topic
   * @throws KafkaException if they are not all durable; some may be
   */
  Map<LetterId, Long> write(Collection<Letter> letters) {
    Map<LetterId, Long> offsets = new LinkedHashMap<>();
    Map<Letter, Future<RecordMetadata>> sent = new LinkedHashMap<>();
    for (Letter letter : letters) {
      sent.put(letter, send(letter));
    }
    for (Map.Entry<Letter, Future<RecordMetadata>> entry : sent.entrySet()) {
      Letter letter = entry.getKey();
      try {
        offsets.put(letter.id(), await(entry.getValue()));
      } catch (RecordTooLargeException e) {
        offsets.put(letter.id(), await(send(withoutValue(letter))));
      }
    }
    return offsets;
  }

  private static Letter withoutValue(Letter letter) {
    return letter.withoutValue(
        "%s (The record's %d bytes are more than the quarantine takes, so they are not in it)"
            .formatted(letter.reason(), letter.value().length));
  }

  /** Leaves requests for the sinks and waits until they are durable. */
  public void ask(Collection<LetterRequest> requests) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (LetterRequest request : requests) {
      sent.add(send(new ProducerRecord<>(topic(), request.toKey(), request.toValue())));
    }
    sent.forEach(QuarantineLog::await);
  }

  /** Takes requests away. */
  void answer(Collection<LetterRequest> requests) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (LetterRequest request : requests) {
      sent.add(send(new ProducerRecord<>(topic(), request.toKey(), null)));
    }
    sent.forEach(QuarantineLog::await);
  }

  /** No longer keeps these letters. */
  void forget(Collection<LetterId> letters) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (LetterId letter : letters) {
      sent.add(send(new ProducerRecord<>(topic(), letter.toKey(), null)));
    }
    sent.forEach(QuarantineLog::await);
  }

  private Future<RecordMetadata> send(Letter letter) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic(), letter.id().toKey(), letter.value());
    letter.toHeaders().forEach((name, value) -> record.headers().add(name, value));
    return send(record);
  }

  private Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
    return producer().send(record);
  }

  private static long await(Future<RecordMetadata> sent) {
    try {
      return sent.get().offset();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof KafkaException cause) {
        throw cause;
      }
      throw new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("Interrupted while writing to the quarantine", e);
    }
  }

  private String topic() {
    return partition.topic();
  }

  private static Letter letter(ConsumerRecord<byte[], byte[]> record) {
    Map<String, byte[]> headers = new HashMap<>();
    for (Header header : record.headers()) {
      headers.put(header.key(), header.value());
    }
    return Letter.of(record.key(), record.value(), headers);
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    if (consumer == null) {
      consumer = newConsumer();
      consumer.seek(partition, 0);
    }
    return consumer;
  }

  private KafkaConsumer<byte[], byte[]> newConsumer() {
    Properties properties = connection.properties();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    KafkaConsumer<byte[], byte[]> made =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    made.assign(List.of(partition));
    return made;
  }

  private synchronized KafkaProducer<byte[], byte[]> producer() {
    if (closed) {
      throw new KafkaException("The quarantine is closed: its reader has ended");
    }
    if (producer == null) {
      Properties properties = connection.properties();
      properties.put(ProducerConfig.ACKS_CONFIG, "all");
      properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
      properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
      properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST_LETTER_BYTES);
      properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 2L * LARGEST_LETTER_BYTES);
      properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
      properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);
      properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
      producer =
          new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }
    return producer;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (consumer != null) {
      consumer.close();
      consumer = null;
    }
    if (producer != null) {
      producer.close(Duration.ofSeconds(5));
      producer = null;
    }
  }
}
