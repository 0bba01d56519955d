package dev.walcdc.systemtest;

import dev.walcdc.capture.source.SourceConnection;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.JsonByteArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Debezium as people run it: its engine, its defaults, its JSON converter, its own topics. */
final class StockDebezium implements AutoCloseable {

  /** First part of the topics' names. */
  static final String PREFIX = "stock";

  private final KafkaProducer<byte[], byte[]> producer;
  private final DebeziumEngine<ChangeEvent<byte[], byte[]>> engine;
  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  /**
   * Starts it with a snapshot.
   *
   * @param table the one that it captures
   * @param schemas whether records carry their schema
   * @param folder where it keeps its offsets
   */
  StockDebezium(
      SourceConnection source, String brokers, String table, boolean schemas, Path folder) {
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", brokers, "max.request.size", 16 << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    String name = "stock_" + table.replace('.', '_');
    Properties properties = new Properties();
    properties.setProperty("name", name);
    properties.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    properties.setProperty("plugin.name", "pgoutput");
    properties.setProperty(
        "offset.storage", "org.apache.kafka.connect.storage.FileOffsetBackingStore");
    properties.setProperty("offset.storage.file.filename", folder.resolve(name).toString());
    properties.setProperty("offset.flush.interval.ms", "1000");
    properties.setProperty("database.hostname", source.hostname());
    properties.setProperty("database.port", Integer.toString(source.port()));
    properties.setProperty("database.user", source.user());
    properties.setProperty("database.password", source.password());
    properties.setProperty("database.dbname", source.database());
    properties.setProperty("topic.prefix", PREFIX);
    properties.setProperty("slot.name", name);
    properties.setProperty("publication.name", name);
    properties.setProperty("publication.autocreate.mode", "filtered");
    properties.setProperty("table.include.list", table);
    properties.setProperty("converter.schemas.enable", Boolean.toString(schemas));
    engine =
        DebeziumEngine.create(JsonByteArray.class).using(properties).notifying(this::write).build();
    thread.execute(engine);
  }

  private void write(
      List<ChangeEvent<byte[], byte[]>> events,
      DebeziumEngine.RecordCommitter<ChangeEvent<byte[], byte[]>> committer)
      throws InterruptedException {
    List<Future<?>> sent = new ArrayList<>();
    for (ChangeEvent<byte[], byte[]> event : events) {
      sent.add(
          producer.send(new ProducerRecord<>(event.destination(), event.key(), event.value())));
    }
    for (int i = 0; i < sent.size(); i++) {
      try {
        sent.get(i).get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("The log does not take a record", e);
      }
      committer.markProcessed(events.get(i));
    }
    committer.markBatchFinished();
  }

  @Override
  public void close() {
    try {
      engine.close();
      thread.shutdown();
      if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("Debezium does not end");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      producer.close();
    }
  }
}
