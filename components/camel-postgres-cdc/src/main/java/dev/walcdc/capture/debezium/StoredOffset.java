package dev.walcdc.capture.debezium;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;

/**
 * Debezium's offset store, in memory: it starts with the offset of the position that capture read
 * from the log. What Debezium stores in it is already on the log by then, as a position record.
 * Debezium makes the instance by its class name, so the offset comes by configuration.
 */
public final class StoredOffset extends MemoryOffsetBackingStore {

  private static final String KEY = "walcdc.offset.key";
  private static final String VALUE = "walcdc.offset.value";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The properties that make an engine start at this offset. */
  static Map<String, String> startAt(String engine, String server, Map<String, Object> offset) {
    try {
      return Map.of(
          KEY, JSON.writeValueAsString(List.of(engine, Map.of("server", server))),
          VALUE, JSON.writeValueAsString(offset));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("An offset of strings and numbers can be written as JSON", e);
    }
  }

  @Override
  public void configure(WorkerConfig config) {
    super.configure(config);
    Map<String, String> properties = config.originalsStrings();
    if (properties.containsKey(VALUE)) {
      data.put(utf8(properties.get(KEY)), utf8(properties.get(VALUE)));
    }
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Set<Map<String, Object>> connectorPartitions(String connectorName) {
    return Set.of();
  }
}
