package dev.walcdc.changelog;

import dev.walcdc.change.Erasure;
import dev.walcdc.log.LogRecord;
import dev.walcdc.log.RecordHeaders;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** Records of change topics as the Kafka client gives them, in our own form. */
final class LogRecords {

  private static final Set<String> KNOWN =
      Set.of(RecordHeaders.SCHEMA, RecordHeaders.ORDINAL, RecordHeaders.FENCE);

  private LogRecords() {}

  /** The schema's fingerprint as the record's header has it; null where it has none. */
  static byte[] fingerprint(ConsumerRecord<byte[], byte[]> record) {
    return value(record.headers(), RecordHeaders.SCHEMA);
  }

  static LogRecord of(ConsumerRecord<byte[], byte[]> record) {
    long ordinal = number(record.headers(), RecordHeaders.ORDINAL);
    byte[] fence = value(record.headers(), RecordHeaders.FENCE);
    return new LogRecord(
        record.partition(),
        record.offset(),
        record.key(),
        record.value(),
        ordinal,
        fence == null ? null : Erasure.parse(new String(fence, StandardCharsets.UTF_8)),
        others(record.headers()),
        false);
  }

  /** Nearly no record has any, and then nothing is made for it. */
  private static Map<String, byte[]> others(Headers headers) {
    Map<String, byte[]> others = Map.of();
    for (Header header : headers) {
      if (!KNOWN.contains(header.key()) && header.value() != null) {
        others = others.isEmpty() ? new HashMap<>() : others;
        others.put(header.key(), header.value());
      }
    }
    return others;
  }

  private static byte[] value(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null ? null : header.value();
  }

  private static long number(Headers headers, String name) {
    byte[] digits = value(headers, name);
    return digits == null ? 0 : Long.parseLong(new String(digits, StandardCharsets.US_ASCII));
  }
}
