package dev.walcdc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Version;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds what the tests read: schemas, envelopes and records of one topic. */
public final class TestLog {

  public static final String TOPIC = "dbserver1.app.t";
  public static final int EPOCH = 3;

  private static final ObjectMapper JSON = new ObjectMapper();

  private TestLog() {}

  /** {@code id int8} is the key, {@code body text} the rest. */
  public static final TableSchema KEYED =
      schema(List.of("id"), column("id", "int8"), column("body", "text"));

  public static TableSchema schema(List<String> key, Column... columns) {
    return new TableSchema("app", "t", List.of(columns), key, EPOCH, 1);
  }

  public static Column column(String name, String type) {
    return new Column(name, PostgresType.of(type), true, 0);
  }

  /** An envelope whose rows are given as JSON; null for a row that it lacks. */
  public static byte[] envelope(
      String op, String before, String after, long lastCommitLsn, long lsn) {
    return ("{\"before\":%s,\"after\":%s,\"source\":{\"connector\":\"postgresql\",\"ts_ms\":%d,\"snapshot\":\"false\","
            + "\"sequence\":\"[\\\"%d\\\",\\\"%d\\\"]\",\"lsn\":%d,\"xmin\":null,\"more\":{\"a\":[1]}},"
            + "\"op\":\"%s\",\"ts_ms\":7,\"transaction\":null}")
        .formatted(before, after, lsn * 10, lastCommitLsn, lsn, lsn, op)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** A row of {@link #KEYED} as JSON. */
  public static String row(long id, String body) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", id);
    row.put("body", body);
    try {
      return JSON.writeValueAsString(row);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  public static LogRecord record(int partition, long offset, byte[] value) {
    return new LogRecord(partition, offset, new byte[0], value, 0, null);
  }

  public static LogRecord fence(int partition, long offset, int epoch) {
    return new LogRecord(
        partition, offset, new byte[0], null, 0, Erasure.below(Version.ofSnapshot(epoch)));
  }

  public static LogBatch batch(TableSchema schema, LogRecord... records) {
    return new LogBatch(TOPIC, schema, Arrays.asList(records));
  }
}
