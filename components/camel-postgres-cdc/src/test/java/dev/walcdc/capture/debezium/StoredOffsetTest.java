package dev.walcdc.capture.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.config.Configuration;
import io.debezium.embedded.EmbeddedWorkerConfig;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.storage.OffsetStorageReaderImpl;
import org.junit.jupiter.api.Test;

/** Debezium reads offsets through Kafka Connect's reader, so this does too. */
class StoredOffsetTest {

  private static Map<String, Object> read(Map<String, String> properties) {
    Map<String, String> all = new TreeMap<>(properties);
    all.put("offset.storage.file.filename", "");
    all.put("bootstrap.servers", "localhost:1");
    all.put("key.converter", JsonConverter.class.getName());
    all.put("value.converter", JsonConverter.class.getName());
    StoredOffset store = new StoredOffset();
    store.configure(new EmbeddedWorkerConfig(Configuration.from(all).asMap()));
    store.start();
    try {
      JsonConverter key = new JsonConverter();
      key.configure(Map.of("schemas.enable", "false"), true);
      JsonConverter value = new JsonConverter();
      value.configure(Map.of("schemas.enable", "false"), false);
      return new OffsetStorageReaderImpl(store, "engine", key, value)
          .offset(Map.of("server", "prefix"));
    } finally {
      store.stop();
    }
  }

  @Test
  void theEngineFindsTheOffsetOfThePosition() {
    Map<String, Object> found =
        read(
            StoredOffset.startAt(
                "engine",
                "prefix",
                Map.of("lsn", 42, "txId", 7, "lsn_commit", 1L << 40, "messageType", "INSERT")));
    assertThat(found)
        .containsEntry("lsn", 42L)
        .containsEntry("txId", 7L)
        .containsEntry("lsn_commit", 1L << 40)
        .containsEntry("messageType", "INSERT");
  }

  @Test
  void anotherEnginesOffsetIsNotFound() {
    assertThat(read(StoredOffset.startAt("other", "prefix", Map.of("lsn", 42)))).isNull();
  }

  @Test
  void withoutAPositionThereIsNone() {
    assertThat(read(Map.of())).isNull();
  }
}
