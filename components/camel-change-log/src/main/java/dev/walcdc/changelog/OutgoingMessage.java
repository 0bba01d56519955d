package dev.walcdc.changelog;

import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.log.RecordHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.support.DefaultMessage;

/**
 * A record in the form in which camel-kafka takes a list of them. It cannot be changed: camel-kafka
 * removes the topic's header from a message that it sends, and a second try would send it
 * elsewhere.
 */
public final class OutgoingMessage extends DefaultMessage {

  private static final String KEY = "kafka.KEY";
  private static final String OVERRIDE_TOPIC = "kafka.OVERRIDE_TOPIC";
  private static final String PARTITION = "kafka.PARTITION_KEY";

  private final OutgoingRecord record;

  private OutgoingMessage(CamelContext context, OutgoingRecord record) {
    super(context);
    this.record = record;
  }

  /**
   * The records as a body that a route hands to {@code kafka:}, in their order.
   *
   * @throws IllegalArgumentException for a record for every partition: the copies are to be made by
   *     whoever knows how many there are
   */
  public static List<OutgoingMessage> of(CamelContext context, List<OutgoingRecord> records) {
    List<OutgoingMessage> messages = new ArrayList<>(records.size());
    for (OutgoingRecord record : records) {
      if (record.partition() == OutgoingRecord.EVERY) {
        throw new IllegalArgumentException(
            "A record for every partition of topic `%s` was not copied for each"
                .formatted(record.topic()));
      }
      messages.add(new OutgoingMessage(context, record));
    }
    return messages;
  }

  @Override
  public Object getBody() {
    return record.value();
  }

  @Override
  public Object getHeader(String name) {
    return switch (name) {
      case KEY -> record.key();
      case OVERRIDE_TOPIC -> record.topic();
      case PARTITION -> record.partition() == OutgoingRecord.BY_KEY ? null : record.partition();
      default -> null;
    };
  }

  @Override
  public <T> T getHeader(String name, Class<T> type) {
    return type.cast(getHeader(name));
  }

  @Override
  public Object removeHeader(String name) {
    return getHeader(name);
  }

  @Override
  public boolean hasHeaders() {
    return record.schema() != null;
  }

  /** The headers of the record on the log. */
  @Override
  public Map<String, Object> getHeaders() {
    if (record.schema() == null) {
      return Map.of();
    }
    if (record.ordinal() == 0 && record.fence() == null && record.oversized() == 0) {
      return Map.of(RecordHeaders.SCHEMA, ascii(record.schema()));
    }
    Map<String, Object> headers = new HashMap<>();
    headers.put(RecordHeaders.SCHEMA, ascii(record.schema()));
    if (record.ordinal() > 0) {
      headers.put(RecordHeaders.ORDINAL, ascii(Long.toString(record.ordinal())));
    }
    if (record.fence() != null) {
      headers.put(RecordHeaders.FENCE, record.fence().toText().getBytes(StandardCharsets.UTF_8));
    }
    if (record.oversized() > 0) {
      headers.put(RecordHeaders.OVERSIZED, ascii(Long.toString(record.oversized())));
    }
    return headers;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
