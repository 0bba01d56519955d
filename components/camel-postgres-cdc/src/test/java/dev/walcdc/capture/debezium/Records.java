package dev.walcdc.capture.debezium;

import dev.walcdc.envelope.SourceSequence;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/** Records as Debezium makes them, of table {@code app.t} unless said otherwise. */
final class Records {

  private static final Schema KEY = SchemaBuilder.struct().field("id", Schema.INT64_SCHEMA).build();
  private static final Schema ROW =
      SchemaBuilder.struct().optional().field("id", Schema.INT64_SCHEMA).build();
  private static final Schema SOURCE =
      SchemaBuilder.struct()
          .field("schema", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .field("snapshot", Schema.OPTIONAL_STRING_SCHEMA)
          .field("txId", Schema.OPTIONAL_INT64_SCHEMA)
          .field("lsn", Schema.OPTIONAL_INT64_SCHEMA)
          .field("sequence", Schema.OPTIONAL_STRING_SCHEMA)
          .build();
  static final Schema ENVELOPE =
      SchemaBuilder.struct()
          .field("before", ROW)
          .field("after", ROW)
          .field("source", SOURCE)
          .field("op", Schema.STRING_SCHEMA)
          .build();
  private static final Schema HEARTBEAT =
      SchemaBuilder.struct().field("ts_ms", Schema.INT64_SCHEMA).build();

  private Records() {}

  static SourceRecord insert(long txId, long lsn, long id) {
    return row("t", "c", txId, lsn, id, "false");
  }

  static SourceRecord insert(long txId, long lsn, long lastCommitLsn, long id) {
    SourceRecord record = insert(txId, lsn, id);
    ((Struct) record.value())
        .getStruct("source")
        .put("sequence", SourceSequence.of(lastCommitLsn, lsn));
    return record;
  }

  static SourceRecord delete(long txId, long lsn, long id) {
    return row("t", "d", txId, lsn, id, "false");
  }

  static SourceRecord truncate(long txId, long lsn) {
    return row("t", "t", txId, lsn, 0, "false");
  }

  static SourceRecord beat(long txId, long lsn) {
    return row("heartbeat", "u", txId, lsn, 1, "false");
  }

  static SourceRecord read(String table, long id, String snapshot) {
    return row(table, "r", 5, 100, id, snapshot);
  }

  static SourceRecord tombstone(long id) {
    return new SourceRecord(
        Map.of("server", "p"), Map.of(), "p.app.t", KEY, new Struct(KEY).put("id", id), null, null);
  }

  /** A row of the signal table, of kind mark. */
  static SourceRecord signal(String op, long txId, long lsn) {
    Schema columns =
        SchemaBuilder.struct()
            .optional()
            .field("id", Schema.STRING_SCHEMA)
            .field("kind", Schema.STRING_SCHEMA)
            .field("body", Schema.STRING_SCHEMA)
            .build();
    Schema schema =
        SchemaBuilder.struct()
            .field("before", columns)
            .field("after", columns)
            .field("source", SOURCE)
            .field("op", Schema.STRING_SCHEMA)
            .build();
    Struct inserted = new Struct(columns).put("id", "1").put("kind", "mark").put("body", "body");
    Struct source = ((Struct) row("signal", op, txId, lsn, 1, "false").value()).getStruct("source");
    Struct envelope =
        new Struct(schema)
            .put(op.equals("d") ? "before" : "after", inserted)
            .put("op", op)
            .put("source", source);
    return new SourceRecord(
        Map.of("server", "p"), Map.of("lsn", lsn), "p.app.signal", null, null, schema, envelope);
  }

  /** Debezium's own heartbeat, whose offset is behind the COMMIT. */
  static SourceRecord heartbeat(long lsn) {
    return new SourceRecord(
        Map.of("server", "p"),
        Map.of("lsn", lsn),
        "__debezium-heartbeat.p",
        KEY,
        new Struct(KEY).put("id", 0L),
        HEARTBEAT,
        new Struct(HEARTBEAT).put("ts_ms", 1L));
  }

  private static SourceRecord row(
      String table, String op, long txId, long lsn, long id, String snapshot) {
    Struct row = new Struct(ROW).put("id", id);
    Struct envelope =
        new Struct(ENVELOPE)
            .put(op.equals("d") ? "before" : "after", row)
            .put("op", op)
            .put(
                "source",
                new Struct(SOURCE)
                    .put("schema", "app")
                    .put("table", table)
                    .put("snapshot", snapshot)
                    .put("txId", txId)
                    .put("lsn", lsn)
                    .put(
                        "sequence",
                        snapshot.equals("false")
                            ? SourceSequence.of(txId * 1_000, lsn)
                            : "[null,\"%d\"]".formatted(lsn)));
    return new SourceRecord(
        Map.of("server", "p"),
        Map.of("lsn", lsn, "lsn_commit", txId * 1_000, "txId", txId),
        "p.app." + table,
        KEY,
        new Struct(KEY).put("id", id),
        ENVELOPE,
        envelope);
  }
}
