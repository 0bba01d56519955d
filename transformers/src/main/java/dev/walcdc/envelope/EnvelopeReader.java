package dev.walcdc.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads Debezium envelopes of one table under one schema, without a tree. One instance serves one
 * thread: {@link #read} fills it with the parts of an envelope, which stay until the next call.
 *
 * @see <a href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html">
 *     Debezium PostgreSQL connector, data change events</a>
 */
final class EnvelopeReader {

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER).build();

  private static final Object ABSENT = new Object();

  /** Rows of a snapshot have no transaction of their own. */
  static final long NO_TX_ID = -1;

  private final TableSchema schema;
  private final String[] names;
  private final ValueDecoder[] decoders;
  private final Map<String, Integer> indexes;

  private Object[] before;
  private Object[] after;
  private String op;
  private long lastCommitLsn;
  private long lsn;
  private long txId;
  private long committedAtMicros;

  EnvelopeReader(TableSchema schema) {
    this.schema = schema;
    List<Column> columns = schema.columns();
    names = columns.stream().map(Column::name).toArray(String[]::new);
    decoders = columns.stream().map(ValueDecoder::of).toArray(ValueDecoder[]::new);
    indexes = schema.indexes();
  }

  /** Reads one envelope; the accessors then say what was in it. */
  void read(byte[] envelope) throws IOException {
    before = null;
    after = null;
    op = null;
    lastCommitLsn = 0;
    lsn = 0;
    txId = NO_TX_ID;
    committedAtMicros = 0;
    try (JsonParser json = JSON.createParser(envelope)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new EnvelopeException("it is not a JSON object");
      }
      for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
        json.nextToken();
        switch (field) {
          case "before" -> before = readRow(json);
          case "after" -> after = readRow(json);
          case "source" -> readSource(json);
          case "op" -> op = json.getText();
          default -> json.skipChildren();
        }
      }
      if (json.nextToken() != null) {
        throw new EnvelopeException("more follows after its end");
      }
    }
    if (op == null) {
      throw new EnvelopeException("it has no `op`");
    }
  }

  /** The row before the change; null where the envelope has none. */
  Object[] before() {
    return before;
  }

  /** The row after the change; null where the envelope has none. */
  Object[] after() {
    return after;
  }

  /** Debezium's letter for the operation; never null. */
  String op() {
    return op;
  }

  /** First element of {@code source.sequence}; 0 where it is missing. */
  long lastCommitLsn() {
    return lastCommitLsn;
  }

  /** {@code source.lsn}; 0 where it is missing. */
  long lsn() {
    return lsn;
  }

  /** {@code source.txId}; {@link #NO_TX_ID} where it is missing. */
  long txId() {
    return txId;
  }

  /** {@code source.ts_us}, else {@code source.ts_ms} in microseconds. */
  long committedAtMicros() {
    return committedAtMicros;
  }

  private Object[] readRow(JsonParser json) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return null;
    }
    requireObject(json, "row");
    Object[] row = new Object[names.length];
    Arrays.fill(row, ABSENT);
    int expected = 0;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      json.nextToken();
      int index = indexOf(field, expected);
      row[index] = decode(json, index);
      expected = index + 1;
    }
    for (int i = 0; i < row.length; i++) {
      if (row[i] == ABSENT) {
        throw new EnvelopeException(
            "column `%s` of `%s` is missing".formatted(names[i], schema.qualifiedName()));
      }
    }
    return row;
  }

  /** Columns nearly always come in the schema's order; then no look-up is needed. */
  private int indexOf(String field, int expected) {
    if (expected < names.length && names[expected].equals(field)) {
      return expected;
    }
    Integer index = indexes.get(field);
    if (index == null) {
      throw new EnvelopeException(
          "its column `%s` is not in schema %s of `%s`"
              .formatted(field, schema.fingerprint(), schema.qualifiedName()));
    }
    return index;
  }

  private Object decode(JsonParser json, int index) {
    try {
      return decoders[index].decode(json);
    } catch (RuntimeException | IOException e) {
      Column column = schema.columns().get(index);
      throw new EnvelopeException(
          "column `%s` holds no %s: %s"
              .formatted(column.name(), column.type().name(), e.getMessage()),
          e);
    }
  }

  private static void requireObject(JsonParser json, String what) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw new EnvelopeException("its %s is not a JSON object".formatted(what));
    }
  }

  private void readSource(JsonParser json) throws IOException {
    requireObject(json, "source");
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      JsonToken token = json.nextToken();
      if (token == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (field) {
        case "lsn" -> lsn = json.getLongValue();
        case "txId" -> txId = json.getLongValue();
        case "sequence" -> lastCommitLsn = SourceSequence.lastCommitLsn(json.getText());
        case "ts_us" -> committedAtMicros = json.getLongValue();
        case "ts_ms" -> {
          if (committedAtMicros == 0) {
            committedAtMicros = json.getLongValue() * 1_000;
          }
        }
        default -> json.skipChildren();
      }
    }
  }
}
