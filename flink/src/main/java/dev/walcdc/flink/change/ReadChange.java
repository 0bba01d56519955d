package dev.walcdc.flink.change;

import dev.walcdc.change.Erasure;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.log.LogRecord;
import dev.walcdc.log.RecordHeaders;
import dev.walcdc.schema.SchemaNumber;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.TableFunction;
import org.apache.flink.table.types.inference.StaticArgument;
import org.apache.flink.table.types.inference.TypeInference;

/**
 * {@code read_change('app.users', 'ROW<id BIGINT NOT NULL, name STRING>', envelope, headers,
 * partition, offset)}: the row of one record of a change topic, typed, with the version of the
 * change; no row for a tombstone. A record that cannot be applied ends the job at once, with a
 * sentence that says why.
 *
 * <p>A definition is found by the fingerprint that the record's header names, on the schemas topic.
 * It never changes, so the same record gives the same row however often it is read. Records of
 * older definitions than the one with the given columns are brought into its shape by attribute
 * number.
 */
public final class ReadChange extends TableFunction<RowData> {

  /** Job parameter: brokers of the log. */
  public static final String BROKERS = "walcdc.brokers";

  /** Job parameter: the topic with the definitions. */
  public static final String SCHEMAS_TOPIC = "walcdc.schemas-topic";

  /** Job parameter: what {@link KnownErasures#toText()} writes. */
  public static final String ERASURES = "walcdc.erasures";

  private transient SchemaLog schemas;
  private transient KnownErasures erasures;
  private transient Map<String, ChangeReader> readers;
  private transient byte[] lastFingerprint;
  private transient ChangeReader lastReader;

  @Override
  public void open(FunctionContext context) {
    schemas =
        new SchemaLog(
            KafkaConnection.plaintext(required(context, BROKERS)),
            required(context, SCHEMAS_TOPIC));
    erasures = KnownErasures.parse(context.getJobParameter(ERASURES, null));
    readers = new HashMap<>();
  }

  private static String required(FunctionContext context, String name) {
    String value = context.getJobParameter(name, null);
    if (value == null) {
      throw new IllegalStateException(
          "The job has no parameter `%s`; start it by dev.walcdc.flink.FlinkSql".formatted(name));
    }
    return value;
  }

  /** Reads one record; the parameters are columns of the log's table. */
  public void eval(
      String table,
      String columns,
      byte[] envelope,
      Map<String, byte[]> headers,
      Integer partition,
      Long offset) {
    try {
      byte[] fence = headers.get(RecordHeaders.FENCE);
      if (envelope == null && fence == null) {
        return; // A tombstone.
      }
      RowData row =
          reader(table, columns, headers.get(RecordHeaders.SCHEMA))
              .read(record(envelope, headers, fence, partition, offset));
      if (row != null) {
        collect(row);
      }
    } catch (RefusedRecordException e) {
      throw e.at(table, partition, offset);
    }
  }

  private static LogRecord record(
      byte[] envelope, Map<String, byte[]> headers, byte[] fence, int partition, long offset) {
    byte[] ordinal = headers.get(RecordHeaders.ORDINAL);
    return new LogRecord(
        partition,
        offset,
        null, // The row has its key's columns.
        envelope,
        ordinal == null ? 0 : Long.parseLong(new String(ordinal, StandardCharsets.US_ASCII)),
        fence == null ? null : Erasure.parse(new String(fence, StandardCharsets.UTF_8)),
        headers,
        false);
  }

  /** Nearly every record names the definition that the one before it named. */
  private ChangeReader reader(String table, String columns, byte[] fingerprint) {
    if (lastReader != null && Arrays.equals(fingerprint, lastFingerprint)) {
      return lastReader;
    }
    if (fingerprint == null) {
      throw new RefusedRecordException(
          "it names no definition of the table, so it is not of our capture; leave the table to"
              + " sink-iceberg");
    }
    lastReader =
        readers.computeIfAbsent(
            new String(fingerprint, StandardCharsets.US_ASCII),
            named -> open(table, SqlColumns.parse(columns), named));
    lastFingerprint = fingerprint;
    return lastReader;
  }

  private ChangeReader open(String table, SqlColumns columns, String fingerprint) {
    TableSchema written =
        schemas
            .find(fingerprint)
            // It is on the log before the first record that names it; so it is the log that is ill.
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "Definition %s of table `%s` is not on the schemas topic"
                            .formatted(fingerprint, table)));
    if (!written.qualifiedName().equals(table)) {
      throw new RefusedRecordException(
          "it is of table `%s`; correct the topic in the SQL file"
              .formatted(written.qualifiedName()));
    }
    if (!written.hasKey()) {
      throw new RefusedRecordException(
          "the table has no primary key, by which Flink knows its rows; leave it to sink-iceberg");
    }
    return new ChangeReader(
        written, columns.are(written) ? written : later(written, columns), erasures);
  }

  /** The latest definition, if it has the file's columns and comes after this one. */
  private TableSchema later(TableSchema written, SqlColumns columns) {
    TableSchema latest =
        schemas.all().stream()
            .filter(schema -> schema.qualifiedName().equals(written.qualifiedName()))
            .max(Comparator.comparing(SchemaNumber::of))
            .orElseThrow();
    if (columns.are(latest)) {
      return latest;
    }
    throw new RefusedRecordException(
        "the table's columns are now %s, and the SQL file has others. Write these there, and begin the table anew: `flink-sql rebuild %s`"
            .formatted(SqlColumns.describe(latest), latest.qualifiedName()));
  }

  @Override
  public TypeInference getTypeInference(DataTypeFactory types) {
    return TypeInference.newBuilder()
        .staticArguments(
            StaticArgument.scalar("source_table", DataTypes.STRING(), false),
            StaticArgument.scalar("columns", DataTypes.STRING(), false),
            StaticArgument.scalar("envelope", DataTypes.BYTES(), false),
            StaticArgument.scalar(
                "headers", DataTypes.MAP(DataTypes.STRING(), DataTypes.BYTES()), false),
            StaticArgument.scalar("source_partition", DataTypes.INT(), false),
            StaticArgument.scalar("source_offset", DataTypes.BIGINT(), false))
        .outputTypeStrategy(
            call ->
                call.getArgumentValue(1, String.class)
                    .map(SqlColumns::parse)
                    .map(columns -> ChangeColumns.after(columns.type()).bridgedTo(RowData.class))
                    .or(Optional::empty))
        .build();
  }
}
