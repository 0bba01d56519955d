package dev.walcdc.capture.debezium;

import dev.walcdc.capture.CaptureException;
import dev.walcdc.capture.CapturedBatch;
import dev.walcdc.capture.PostgresCdcConfiguration;
import dev.walcdc.capture.StreamedTable;
import dev.walcdc.capture.TableSchemas;
import dev.walcdc.capture.resync.ChunkWindow;
import dev.walcdc.capture.resync.ResyncJob;
import dev.walcdc.capture.resync.ResyncJob.Phase;
import dev.walcdc.capture.resync.ResyncJobs;
import dev.walcdc.capture.resync.ResyncRequest;
import dev.walcdc.capture.resync.Signal;
import dev.walcdc.capture.resync.SignalTable;
import dev.walcdc.capture.resync.StreamedTransactions;
import dev.walcdc.capture.resync.TableReader;
import dev.walcdc.capture.resync.TransactionSnapshot;
import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.Version;
import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.kafka.connect.data.Struct;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out resyncs beside the stream, one at a time: reads a chunk between two batches, sets a
 * mark, and writes the chunk where the mark comes by. Everything happens in the thread that
 * captures, so while a chunk is read the stream stands still, and nothing passes unseen. See ADR 7.
 */
final class DebeziumResync implements StreamFollower, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DebeziumResync.class);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** Rows that pass while a table without a key is being opened; more, and it is opened again. */
  private static final int MOST_LATE_ROWS = 10_000;

  private final PostgresCdcConfiguration options;
  private final Properties engine;
  private final TableSchemas schemas;
  private final ResyncJobs jobs;
  private final int epoch;
  private final SourceCatalog catalog;
  private final SignalTable signals;
  private final StreamedTransactions streamed = new StreamedTransactions();
  private final EnvelopeWriter writer = new EnvelopeWriter();

  /** No reading begins before every transaction below it has ended; see {@link #begin}. */
  private long horizon;

  private TableReader reader;
  private DebeziumTables tables;
  private Read present;
  private Awaited awaited;
  private Window window;
  private Copy copy;
  private long notBeforeNanos = System.nanoTime();

  DebeziumResync(
      PostgresCdcConfiguration options,
      Properties engine,
      TableSchemas schemas,
      ResyncJobs jobs,
      int epoch) {
    this.options = options;
    this.engine = engine;
    this.schemas = schemas;
    this.jobs = jobs;
    this.epoch = epoch;
    this.catalog = new SourceCatalog(options.source());
    this.signals = new SignalTable(options.source(), options.getSignalTable());
  }

  /** A table as it was when it was read. */
  private record Read(TableName name, Definition definition, DebeziumTable table) {}

  /** What is done when a mark comes by. */
  private record Awaited(String mark, String job, Arrival arrival) {}

  @FunctionalInterface
  private interface Arrival {
    List<OutgoingRecord> at(SourceRow mark);
  }

  /** Notes the changes of the table that is read. */
  private interface Window {
    TableName table();

    void note(SourceRow row);
  }

  /**
   * Remembers which transactions run now: one of them may have been streamed already, before this
   * run of the engine, without being visible to anybody yet. To be called before the first batch.
   */
  void begin() throws SQLException {
    horizon = reader().now().xmax();
    release();
  }

  @Override
  public void change(SourceRow row) {
    if (row.txId() != null) {
      streamed.pass(row.txId());
    }
    if (window != null && window.table().equals(row.name())) {
      window.note(row);
    }
    if (copy != null && row.op().equals("t") && copy.read.name().equals(row.name())) {
      // Its rows are older than the TRUNCATE, and would come behind it.
      copy = null;
    }
  }

  @Override
  public List<OutgoingRecord> signal(Signal signal, SourceRow at) {
    if (awaited != null && awaited.mark().equals(signal.id())) {
      Awaited arrived = awaited;
      awaited = null;
      return arrived.arrival().at(at);
    }
    try {
      switch (signal.kind()) {
        case Signal.MARK -> LOG.debug("Mark {} is of a capture that ended", signal.id());
        case Signal.RESYNC -> {
          ResyncRequest request = ResyncRequest.fromJson(signal.body());
          LOG.info("Asked to resync: {}", signal.body());
          jobs.add(signal.id(), request, 0);
        }
        case Signal.CANCEL -> cancel(ResyncRequest.fromJson(signal.body()).name());
        default -> LOG.warn("Signal {} is of unknown kind `{}`", signal.id(), signal.kind());
      }
    } catch (IllegalArgumentException e) {
      LOG.warn(
          "Signal {} of kind `{}` is not understood: {}",
          signal.id(),
          signal.kind(),
          e.getMessage());
    }
    return List.of();
  }

  private void cancel(TableName table) {
    for (ResyncJob job : jobs.all()) {
      if (job.isEnded() || !job.table().equals(table)) {
        continue;
      }
      if (copy != null && copy.job.equals(job.id())) {
        jobs.update(
            job.waiting(
                "rows of a table without a key cannot be taken back: it is read to its end"));
        continue;
      }
      if (awaited != null && awaited.job().equals(job.id())) {
        awaited = null;
        window = null;
      }
      jobs.update(job.ended(Phase.CANCELLED, "it was cancelled"));
      LOG.info("Resync of {} was cancelled", table);
    }
  }

  /**
   * The next step, if there is one now. To be called between two batches, when the last one is
   * durable.
   *
   * @return what is to be written; null if nothing is
   */
  CapturedBatch step() {
    if (awaited != null || System.nanoTime() - notBeforeNanos < 0) {
      return null;
    }
    ResyncJob job = jobs.current().orElse(null);
    try {
      if (job != null) {
        return step(job);
      }
      if (streamed.areMany()) {
        streamed.forgetShown(reader().now());
      }
      if (reader != null) {
        release();
      }
    } catch (SQLException | RuntimeException e) {
      window = null;
      awaited = null;
      copy = null;
      release();
      later();
      failed(job, e);
    }
    return null;
  }

  private CapturedBatch step(ResyncJob job) throws SQLException {
    if (copy != null) {
      return copy.more();
    }
    KeyCondition where = KeyCondition.parse(job.request().where());
    if (job.lastKey() != null) {
      readChunk(job, where);
      return null;
    }
    Definition definition = catalog.definition(job.table()).orElse(null);
    if (definition == null || !isPublished(job.table())) {
      end(
          job,
          Phase.REFUSED,
          "there is no such table in publication " + options.getPublicationName());
      return null;
    }
    where.bind(schemaOf(job.table(), definition));
    if (definition.key().isEmpty()) {
      openCopy(job, definition);
    } else if (job.start() == null) {
      long expected = where.isAll() ? reader().estimate(job.table()) : -1;
      mark(job, at -> started(job, at, expected));
    } else {
      readChunk(job, where);
    }
    return null;
  }

  private boolean isPublished(TableName table) throws SQLException {
    return options.includedTables().test(table)
        && !options.ownTables().contains(table)
        && catalog.publishedTables(options.getPublicationName()).contains(table);
  }

  private TableSchema schemaOf(TableName table, Definition definition) {
    return new TableSchema(
        table.schema(), table.table(), definition.columns(), definition.key(), epoch, 1);
  }

  private List<OutgoingRecord> started(ResyncJob job, SourceRow at, long expected) {
    LOG.info("Resync of {} begins: {}", job.table(), job.request().reason());
    update(job, now -> now.started(version(at).toString(), expected));
    return List.of();
  }

  private Version version(SourceRow at) {
    return Version.of(epoch, at.lastCommitLsn(), at.lsn());
  }

  /** A mark is awaited before it is set: it may come by at once. */
  private void mark(ResyncJob job, Arrival arrival) throws SQLException {
    Awaited next = new Awaited(UUID.randomUUID().toString(), job.id(), arrival);
    signals.send(new Signal(next.mark(), Signal.MARK, "{}"));
    awaited = next;
  }

  /**
   * Begins a reading that shows every transaction that the stream has passed, and the table as it
   * was found. From here on the table is locked, so nobody else is to be asked about it: an ALTER
   * that waits for the reading would make the question wait too, and with it the reading.
   *
   * @return null if there is none yet; then it is to be tried again
   */
  private TransactionSnapshot beginReading(ResyncJob job, Read read) throws SQLException {
    TransactionSnapshot snapshot = reader().begin(job.table());
    if (!reader.shows(job.table(), read.definition())) {
      reader.end();
      later();
      return null;
    }
    long needed = Math.max(horizon, job.notBefore());
    if (snapshot.xmin() >= needed && streamed.areShown(snapshot)) {
      streamed.forgetShown(snapshot);
      return snapshot;
    }
    reader.end();
    later();
    update(
        job,
        now ->
            now.waiting(
                "it waits for transactions to end that began before it, the oldest is "
                    + snapshot.xmin()));
    return null;
  }

  private void readChunk(ResyncJob job, KeyCondition where) throws SQLException {
    Read read = read(job.table());
    int columns = read.definition().key().size();
    if (columns == 0 || (job.lastKey() != null && job.lastKey().size() != columns)) {
      // Its key has just changed: from the beginning.
      update(job, now -> now.started(now.start(), -1));
      return;
    }
    TransactionSnapshot snapshot = beginReading(job, read);
    if (snapshot == null) {
      return;
    }
    Map<String, Struct> rows = new LinkedHashMap<>();
    Map<String, byte[]> keys = new HashMap<>();
    int[] key = schemaOf(job.table(), read.definition()).keyIndexes();
    List<String> last = new ArrayList<>();
    long[] bytes = {0};
    boolean more =
        reader.readChunk(
            job.table(),
            read.definition(),
            where,
            job.lastKey(),
            options.getResyncChunkRows(),
            values -> {
              DebeziumTable.Row row = read.table().row(values);
              byte[] keyJson = writer.write(row.key());
              String name = new String(keyJson, StandardCharsets.UTF_8);
              rows.put(name, row.after());
              keys.put(name, keyJson);
              last.clear();
              for (int index : key) {
                last.add(values[index]);
              }
              for (String value : values) {
                bytes[0] += value == null ? 0 : value.length();
              }
              return bytes[0] < options.getResyncChunkBytes();
            });
    ChunkWindow<Struct> chunk =
        new ChunkWindow<>(snapshot, rows, new RowOverlay(read.table().rowSchema()));
    window = new KeyedWindow(job.table(), chunk);
    mark(
        job,
        at -> {
          window = null;
          return isOutdated(read, chunk.isOutdated())
              ? List.of()
              : chunkRecords(job, read, rows, keys, List.copyOf(last), more, where, at);
        });
  }

  private List<OutgoingRecord> chunkRecords(
      ResyncJob job,
      Read read,
      Map<String, Struct> rows,
      Map<String, byte[]> keys,
      List<String> last,
      boolean more,
      KeyCondition where,
      SourceRow at) {
    String fingerprint = fingerprint(read, at);
    List<OutgoingRecord> records = new ArrayList<>(rows.size() + 1);
    rows.forEach(
        (key, after) ->
            records.add(
                new OutgoingRecord(
                    read.table().topic(),
                    OutgoingRecord.BY_KEY,
                    keys.get(key),
                    writer.write(read.table().envelope(after, at.source())),
                    fingerprint,
                    0,
                    null)));
    update(job, now -> now.read(last.isEmpty() ? now.lastKey() : last, rows.size()));
    if (!more) {
      Version start = Version.parse(job.start());
      records.add(
          OutgoingRecord.fence(read.table().topic(), fingerprint, new Erasure(start, where)));
      done(job);
    }
    return records;
  }

  /** What the rows are written under; nothing has changed the table since they were read. */
  private String fingerprint(Read read, SourceRow at) {
    return schemas.of(StreamedTable.of(read.name(), read.definition()), at.lsn()).fingerprint();
  }

  /** Whether what was read does not fit to the stream, and has to be read again. */
  private boolean isOutdated(Read read, boolean outdated) {
    try {
      return outdated
          || catalog.definition(read.name()).filter(read.definition()::isStill).isEmpty();
    } catch (SQLException e) {
      throw new CaptureException(
          "The catalog does not say whether table %s has changed: %s"
              .formatted(read.name(), e.getMessage()),
          e);
    }
  }

  private Read read(TableName name) throws SQLException {
    Definition definition =
        catalog
            .definition(name)
            .orElseThrow(() -> new SQLException("Table %s was dropped".formatted(name)));
    if (present == null
        || !present.name().equals(name)
        || !present.definition().isStill(definition)) {
      if (tables == null) {
        tables = new DebeziumTables(engine);
      }
      present = new Read(name, definition, tables.table(name, definition));
    }
    return present;
  }

  private static final class KeyedWindow implements Window {
    private final TableName table;
    private final ChunkWindow<Struct> chunk;
    private final EnvelopeWriter writer = new EnvelopeWriter();

    private KeyedWindow(TableName table, ChunkWindow<Struct> chunk) {
      this.table = table;
      this.chunk = chunk;
    }

    @Override
    public TableName table() {
      return table;
    }

    @Override
    public void note(SourceRow row) {
      long xid = row.txId();
      switch (row.op()) {
        case "c" -> chunk.created(xid, key(row), row.after());
        case "u" -> chunk.updated(xid, key(row), row.after());
        case "d" -> chunk.deleted(xid, key(row));
        default -> chunk.emptied(xid);
      }
    }

    private String key(SourceRow row) {
      return new String(writer.write((Struct) row.record().key()), StandardCharsets.UTF_8);
    }
  }

  private void openCopy(ResyncJob job, Definition definition) throws SQLException {
    Read read = read(job.table());
    if (!read.definition().isStill(definition)) {
      later();
      return;
    }
    TransactionSnapshot snapshot = beginReading(job, read);
    if (snapshot == null) {
      return;
    }
    long expected = reader.estimate(job.table());
    reader.open(job.table(), read.definition());
    KeylessWindow late =
        new KeylessWindow(job.table(), snapshot, new RowOverlay(read.table().rowSchema()));
    window = late;
    mark(
        job,
        at -> {
          window = null;
          if (late.outdated) {
            endReading();
            return List.of();
          }
          started(job, at, expected);
          copy = new Copy(job.id(), read, at, late.rows);
          return List.of();
        });
  }

  private void endReading() {
    try {
      reader.end();
    } catch (SQLException e) {
      LOG.debug("A reading could not be ended", e);
      release();
    }
  }

  /** Notes the rows that are made while a table without a key is being opened. */
  private static final class KeylessWindow implements Window {
    private final TableName table;
    private final TransactionSnapshot snapshot;
    private final RowOverlay overlay;
    private final List<Struct> rows = new ArrayList<>();
    private boolean outdated;

    private KeylessWindow(TableName table, TransactionSnapshot snapshot, RowOverlay overlay) {
      this.overlay = overlay;
      this.table = table;
      this.snapshot = snapshot;
    }

    @Override
    public TableName table() {
      return table;
    }

    @Override
    public void note(SourceRow row) {
      if (snapshot.shows(row.txId())) {
        return;
      }
      Struct whole = row.op().equals("c") ? overlay.over(row.after(), null) : null;
      if (whole == null || rows.size() == MOST_LATE_ROWS) {
        outdated = true;
      } else {
        rows.add(whole);
      }
    }
  }

  /**
   * All rows of a table without a key, on their way to the log: each gets the mark's version and an
   * ordinal, and the fence below that version takes away what the sinks had before.
   */
  private final class Copy {
    private final String job;
    private final Read read;
    private final SourceRow at;
    private final List<Struct> late;
    private final String fingerprint;
    private long ordinal;

    private Copy(String job, Read read, SourceRow at, List<Struct> late) {
      this.job = job;
      this.read = read;
      this.at = at;
      this.late = late;
      this.fingerprint = fingerprint(read, at);
    }

    private CapturedBatch more() throws SQLException {
      List<OutgoingRecord> records = new ArrayList<>();
      long bytes = 0;
      String[] values = null;
      while (records.size() < options.getResyncChunkRows()
          && bytes < options.getResyncChunkBytes()
          && (values = reader.next()) != null) {
        DebeziumTable.Row row = read.table().row(values);
        records.add(record(row.key(), row.after()));
        for (String value : values) {
          bytes += value == null ? 0 : value.length();
        }
      }
      long count = records.size();
      if (values == null) {
        for (Struct row : late) {
          records.add(record(null, row));
        }
        records.add(
            OutgoingRecord.fence(read.table().topic(), fingerprint, Erasure.below(version(at))));
        reader.end();
        copy = null;
      }
      jobs.all().stream()
          .filter(j -> j.id().equals(job))
          .forEach(
              j -> {
                jobs.update(j.read(null, count));
                if (copy == null) {
                  done(j);
                }
              });
      return new CapturedBatch(schemas.takeUnpublished(), records, null, false);
    }

    private OutgoingRecord record(Struct key, Struct after) {
      return new OutgoingRecord(
          read.table().topic(),
          OutgoingRecord.BY_KEY,
          writer.write(key),
          writer.write(read.table().envelope(after, at.source())),
          fingerprint,
          ordinal++,
          null);
    }
  }

  private void done(ResyncJob job) {
    end(job, Phase.DONE, null);
  }

  private void end(ResyncJob job, Phase how, String why) {
    update(job, now -> now.ended(how, why));
    LOG.info("Resync of {}: {}{}", job.table(), how, why == null ? "" : ", for " + why);
  }

  private void update(ResyncJob job, UnaryOperator<ResyncJob> change) {
    jobs.all().stream()
        .filter(now -> now.id().equals(job.id()))
        .forEach(now -> jobs.update(change.apply(now)));
  }

  private void later() {
    notBeforeNanos = System.nanoTime() + RETRY_NANOS;
  }

  /** What passes (the connection, a lock) is tried again; anything else ends the job. */
  private void failed(ResyncJob job, Exception e) {
    String state = e instanceof SQLException sql ? String.valueOf(sql.getSQLState()) : "";
    boolean passes =
        state.startsWith("08")
            || state.startsWith("57")
            || state.startsWith("53")
            || state.startsWith("55")
            || state.startsWith("40");
    if (job == null) {
      LOG.warn("The source does not say which transactions are visible", e);
    } else if (passes) {
      update(job, now -> now.waiting("it is tried again: " + e.getMessage()));
    } else {
      LOG.warn("Resync of {} ends", job.table(), e);
      end(job, Phase.REFUSED, e.getMessage());
    }
  }

  private TableReader reader() throws SQLException {
    if (reader == null) {
      reader = new TableReader(options.source(), PrintedText.statements());
    }
    return reader;
  }

  private void release() {
    try (TableReader closed = reader;
        DebeziumTables closedToo = tables) {
      LOG.trace("Closing {} and {}", closed, closedToo);
    } catch (SQLException e) {
      LOG.debug("A connection could not be closed", e);
    } finally {
      reader = null;
      tables = null;
      present = null;
    }
  }

  @Override
  public void close() {
    release();
  }
}
