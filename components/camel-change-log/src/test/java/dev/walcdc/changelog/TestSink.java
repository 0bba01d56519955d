package dev.walcdc.changelog;

import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** The end of a test's route: remembers what it was given, and fails or waits when told to. */
final class TestSink implements Processor {

  /** What a test does to a batch before it counts as applied. */
  interface Hook {
    void before(LogBatch batch) throws Exception;
  }

  final List<LogBatch> tried = new CopyOnWriteArrayList<>();
  final List<LogBatch> applied = new CopyOnWriteArrayList<>();
  final List<String> overlaps = new CopyOnWriteArrayList<>();
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();
  private final Map<String, String> headers = new ConcurrentHashMap<>();
  volatile Hook hook = batch -> {};

  @Override
  public void process(Exchange exchange) throws Exception {
    LogBatch batch = exchange.getMessage().getBody(LogBatch.class);
    headers.put(batch.topic(), exchange.getMessage().getHeader("kafka.TOPIC", String.class));
    if (!underWay.add(batch.topic())) {
      overlaps.add(batch.topic());
    }
    try {
      tried.add(batch);
      hook.before(batch);
      applied.add(batch);
    } finally {
      underWay.remove(batch.topic());
    }
  }

  String header(String topic) {
    return headers.get(topic);
  }

  /** Numbers that the topic's applied records hold, in the order in which they were applied. */
  List<Integer> numbers(String topic) {
    return numbers(applied, topic);
  }

  static List<Integer> numbers(List<LogBatch> batches, String topic) {
    List<Integer> numbers = new ArrayList<>();
    for (LogBatch batch : batches) {
      if (batch.topic().equals(topic)) {
        batch.records().forEach(record -> numbers.add(number(record)));
      }
    }
    return numbers;
  }

  static int number(LogRecord record) {
    return Integer.parseInt(new String(record.value(), StandardCharsets.US_ASCII));
  }

  static Integer[] range(int from, int to) {
    return IntStream.range(from, to).boxed().toArray(Integer[]::new);
  }
}
