package dev.walcdc.changelog;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RefusedChangesException.Refusal;
import dev.walcdc.change.Version;
import dev.walcdc.changelog.LetterIndex.Entry;
import dev.walcdc.envelope.ErasedKeys;
import dev.walcdc.envelope.Glimpse;
import dev.walcdc.log.LogRecord;
import dev.walcdc.log.RecordHeaders;
import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterId;
import dev.walcdc.quarantine.LetterRequest;
import dev.walcdc.quarantine.LetterState;
import dev.walcdc.schema.TableSchema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides, for one sink, which records become letters and which are delivered. Whatever it decides
 * is durable on the quarantine topic before anything is delivered on its strength, so a crash at
 * any point repeats a decision and never loses one.
 *
 * <p>A key with an open letter is <em>dirty</em>: a later record of it that leaves out unchanged
 * values would be completed from a row that is too old, so it becomes a letter as well; one that
 * holds the whole row, or deletes it, supersedes the letters. Likewise a TRUNCATE or a fence
 * supersedes the letters that it outranks.
 *
 * <p>Batches of one topic come one after the other, those of several topics at the same time. The
 * reading thread keeps it up to date by {@link #follow} and {@link #catchUp}.
 */
final class Quarantine implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

  private static final String WAITS =
      "An earlier change of this row is in quarantine, and this one leaves out values that it did not change: it waits with it. Replay the row's letters, or change or resync the row";

  private final String sink;
  private final QuarantineLog log;
  private final LetterIndex index;
  private final LetterLimit limit;
  private final long retentionMillis;

  Quarantine(ChangeLogConfiguration options) {
    this(
        options,
        new QuarantineLog(options.connection(), options.getQuarantineTopic()),
        new LetterIndex(options.getGroupId()));
  }

  Quarantine(ChangeLogConfiguration options, QuarantineLog log, LetterIndex index) {
    this.sink = options.getGroupId();
    this.log = log;
    this.index = index;
    this.limit = new LetterLimit(options.getQuarantineLimit());
    this.retentionMillis = options.getQuarantineRetention();
  }

  /**
   * Where records come from.
   *
   * @param topic their topic
   * @param fingerprint of the schema that their header names; null where it names none
   * @param schema that schema; null where it is not known
   * @param originals the records as they lie on the log, where they were turned; else empty
   */
  record Origin(
      String topic, String fingerprint, TableSchema schema, Map<Place, LogRecord> originals) {

    /** Of records that are delivered as they lie on the log. */
    static Origin of(String topic, String fingerprint, TableSchema schema) {
      return new Origin(topic, fingerprint, schema, Map.of());
    }

    /** Of records that were turned into what capture writes. */
    static Origin turned(String topic, TableSchema schema, List<LogRecord> originals) {
      Map<Place, LogRecord> byPlace = new HashMap<>();
      originals.forEach(record -> byPlace.put(Place.of(record), record));
      return new Origin(topic, null, schema, byPlace);
    }

    private LogRecord original(LogRecord record) {
      return originals.isEmpty() ? record : originals.getOrDefault(Place.of(record), record);
    }
  }

  /** A record's place in its topic. */
  record Place(int partition, long offset) {

    private static Place of(LogRecord record) {
      return new Place(record.partition(), record.offset());
    }
  }

  /** Makes the topic if it is missing; the first thing to do. */
  void open() {
    log.ensure();
  }

  /** Takes in what others wrote meanwhile, without waiting for it. By the reading thread. */
  void follow() {
    log.read(index);
  }

  /**
   * Takes in everything that another member of the group wrote before it gave these topics away,
   * and forgets what is long over. By the reading thread.
   */
  void catchUp(Set<String> topics) {
    log.readToEnd(index);
    List<LetterId> old =
        index.closedBefore(topics, nowMicros() - LetterIndex.micros(retentionMillis));
    log.forget(old);
    old.forEach(index::forgotten);
  }

  /** How many letters are open, by topic. */
  Map<String, Long> openLetters() {
    return index.openCounts();
  }

  /** Topics of letters about which somebody asked for something. */
  Set<String> asked() {
    return index.asked();
  }

  /**
   * Records of a batch as they are to be delivered: what has a letter is withheld, and so is what
   * has to wait with one.
   *
   * @return as many records, in the same order
   */
  List<LogRecord> admit(Origin origin, List<LogRecord> records) {
    String topic = origin.topic();
    TableSchema schema = origin.schema();
    if (index.isEmpty(topic)) {
      return records;
    }
    List<LogRecord> admitted = new ArrayList<>(records.size());
    Map<ByteBuffer, List<LogRecord>> dirty = new LinkedHashMap<>();
    boolean anyOpen = !index.open(topic).isEmpty();
    List<Letter> superseded = new ArrayList<>();
    for (LogRecord record : records) {
      if (record.isChange() && hasLetter(topic, record)) {
        admitted.add(record.withheld());
        continue;
      }
      admitted.add(index.hasKey(topic, record.key()) ? record.asUnsettled() : record);
      if (anyOpen && (record.fence() != null || (record.isChange() && record.key() == null))) {
        superseded.addAll(erasedBy(origin, record));
      } else if (record.isChange() && !dirtying(topic, record).isEmpty()) {
        dirty.computeIfAbsent(ByteBuffer.wrap(record.key()), key -> new ArrayList<>()).add(record);
      }
    }
    Map<LogRecord, Letter> waiting = new LinkedHashMap<>();
    for (List<LogRecord> ofKey : dirty.values()) {
      LogRecord whole = firstWhole(ofKey, schema);
      if (whole != null) {
        superseded.addAll(supersededBy(topic, whole));
      } else {
        ofKey.forEach(record -> waiting.put(record, waiting(origin, record)));
      }
    }
    write(superseded);
    if (waiting.isEmpty()) {
      return admitted;
    }
    limit.require(topic, waiting.size(), new IllegalStateException(WAITS));
    write(waiting.values());
    limit.written(topic, waiting.size());
    Set<LetterId> held = new HashSet<>();
    waiting.keySet().forEach(record -> held.add(id(topic, record)));
    return withheld(topic, admitted, held);
  }

  /** The records without those that have a letter, for a batch whose schema is not known. */
  List<LogRecord> known(String topic, List<LogRecord> records) {
    return records.stream()
        .map(record -> hasLetter(topic, record) ? record.withheld() : record)
        .toList();
  }

  private boolean hasLetter(String topic, LogRecord record) {
    return index
        .at(id(topic, record))
        .filter(letter -> letter.state() != LetterState.REPLAYED)
        .isPresent();
  }

  private List<Entry> dirtying(String topic, LogRecord record) {
    return record.key() == null
        ? List.of()
        : index.dirtying(topic, record.key(), record.partition(), record.offset());
  }

  private static LogRecord firstWhole(List<LogRecord> records, TableSchema schema) {
    for (LogRecord record : records) {
      if (Glimpse.of(record, schema).kind() == Glimpse.Kind.WHOLE) {
        return record;
      }
    }
    return null;
  }

  private List<Letter> supersededBy(String topic, LogRecord whole) {
    return dirtying(topic, whole).stream()
        .filter(Entry::isOpen)
        .map(letter -> superseded(letter, whole.offset()))
        .toList();
  }

  private List<Letter> erasedBy(Origin origin, LogRecord record) {
    Erasure erasure = Glimpse.of(record, origin.schema()).erasure();
    if (erasure == null) {
      return List.of();
    }
    ErasedKeys erased = new ErasedKeys(origin.schema(), erasure);
    return index.open(origin.topic()).stream()
        .filter(
            letter ->
                letter.id().partition() == record.partition()
                    && letter.id().offset() < record.offset()
                    && letter.version() != null
                    && erased.cover(letter.key(), letter.version()))
        .map(letter -> superseded(letter, record.offset()))
        .toList();
  }

  private static Letter superseded(Entry letter, long by) {
    return letter.closed(LetterState.SUPERSEDED, by, nowMicros());
  }

  /** It is closed from the beginning where the letters that it waits for are superseded. */
  private Letter waiting(Origin origin, LogRecord record) {
    Letter letter = letter(origin, record, WAITS);
    List<Entry> before = dirtying(origin.topic(), record);
    return before.stream().anyMatch(Entry::isOpen)
        ? letter
        : before.stream().mapToLong(Entry::supersededBy).max().stream()
            .mapToObj(by -> letter.closed(LetterState.SUPERSEDED, by, nowMicros()))
            .findFirst()
            .orElse(letter);
  }

  /**
   * Makes letters of records that were refused, and of the others of their keys. Where a later
   * record of the batch holds the whole row, the refused ones are superseded as soon as they are
   * written, and the others of their keys are delivered.
   *
   * @param records as they were delivered
   * @return as they are to be delivered now
   * @throws QuarantineFullException if these would be more than the limit; nothing was written then
   */
  List<LogRecord> refuse(Origin origin, List<LogRecord> records, RefusedChangesException refused) {
    String topic = origin.topic();
    Map<LetterId, Refusal> reasons = new HashMap<>();
    refused
        .refusals()
        .forEach(r -> reasons.put(new LetterId(sink, topic, r.partition(), r.offset()), r));
    Map<LogRecord, Letter> letters = new LinkedHashMap<>();
    Map<ByteBuffer, List<LogRecord>> byKey = new LinkedHashMap<>();
    for (LogRecord record : records) {
      if (!record.isChange()) {
        continue;
      }
      if (record.key() != null) {
        byKey.computeIfAbsent(ByteBuffer.wrap(record.key()), key -> new ArrayList<>()).add(record);
      } else if (reasons.containsKey(id(topic, record))) {
        letters.put(record, refusedLetter(origin, record, reasons));
      }
    }
    for (List<LogRecord> ofKey : byKey.values()) {
      putLetters(origin, ofKey, reasons, letters);
    }
    if (letters.isEmpty()) {
      throw new IllegalStateException(
          "Records of topic `%s` were refused that were not in the batch".formatted(topic),
          refused);
    }
    limit.require(topic, letters.size(), refused);
    write(letters.values());
    limit.written(topic, letters.size());
    LOG.warn("{} records of {} go to quarantine: {}", letters.size(), topic, refused.getMessage());
    Set<LetterId> held = new HashSet<>();
    letters.values().forEach(letter -> held.add(letter.id()));
    return withheld(topic, records, held);
  }

  private void putLetters(
      Origin origin,
      List<LogRecord> ofKey,
      Map<LetterId, Refusal> reasons,
      Map<LogRecord, Letter> letters) {
    String topic = origin.topic();
    int last = -1;
    for (int i = 0; i < ofKey.size(); i++) {
      last = reasons.containsKey(id(topic, ofKey.get(i))) ? i : last;
    }
    if (last < 0) {
      return;
    }
    LogRecord whole =
        origin.schema() == null
            ? null
            : firstWhole(ofKey.subList(last + 1, ofKey.size()), origin.schema());
    for (LogRecord record : ofKey) {
      boolean refused = reasons.containsKey(id(topic, record));
      if (whole == null || refused) {
        Letter letter = refusedLetter(origin, record, reasons);
        letters.put(
            record,
            whole == null
                ? letter
                : letter.closed(LetterState.SUPERSEDED, whole.offset(), nowMicros()));
      }
    }
  }

  private Letter refusedLetter(Origin origin, LogRecord record, Map<LetterId, Refusal> reasons) {
    Refusal refusal = reasons.get(id(origin.topic(), record));
    return letter(origin, record, refusal == null ? WAITS : refusal.reason());
  }

  /** The next batch of the topic was applied as it came: the limit counts anew. */
  void passed(String topic) {
    limit.clear(topic);
  }

  private List<LogRecord> withheld(String topic, List<LogRecord> records, Set<LetterId> letters) {
    return records.stream()
        .map(record -> letters.contains(id(topic, record)) ? record.withheld() : record)
        .toList();
  }

  private Letter letter(Origin origin, LogRecord record, String reason) {
    Version version =
        origin.schema() == null ? null : Glimpse.of(record, origin.schema()).version();
    LogRecord original = origin.original(record);
    return Letter.open(
        id(origin.topic(), record),
        original.key(),
        original.value(),
        headers(origin, original),
        reason,
        version,
        nowMicros());
  }

  /** The record's headers as they were. */
  private static Map<String, byte[]> headers(Origin origin, LogRecord record) {
    Map<String, byte[]> headers = new HashMap<>(record.headers());
    if (origin.fingerprint() != null) {
      headers.put(RecordHeaders.SCHEMA, ascii(origin.fingerprint()));
    }
    if (record.ordinal() > 0) {
      headers.put(RecordHeaders.ORDINAL, ascii(Long.toString(record.ordinal())));
    }
    return headers;
  }

  /** Letters of one topic about which something was asked, with their bytes; in the log's order. */
  SortedMap<LetterId, Letter> toReplay(String topic) {
    Map<LetterId, Long> wanted = new HashMap<>();
    for (LetterRequest request : index.requests(topic)) {
      if (request.action() == LetterRequest.Action.REPLAY) {
        index
            .at(request.letter())
            .filter(Entry::isOpen)
            .map(index::openOfSameKey)
            .orElse(List.of())
            .forEach(letter -> wanted.put(letter.id(), letter.logOffset()));
      }
    }
    return log.fetch(wanted.values());
  }

  /** Gives up the open letters of a topic for which somebody asked it. */
  void drop(String topic) {
    List<Letter> dropped = new ArrayList<>();
    for (LetterRequest request : index.requests(topic)) {
      if (request.action() == LetterRequest.Action.DROP) {
        Optional<Entry> letter = index.at(request.letter()).filter(Entry::isOpen);
        letter.ifPresent(open -> dropped.add(open.closed(LetterState.DROPPED, -1, nowMicros())));
      }
    }
    write(dropped);
  }

  /** The sink has applied these. */
  void replayed(Collection<Letter> letters) {
    write(letters.stream().map(l -> l.closed(LetterState.REPLAYED, -1, nowMicros())).toList());
  }

  /** The sink has refused these once more. */
  void refusedAgain(Map<Letter, String> letters) {
    List<Letter> refused = new ArrayList<>();
    letters.forEach((letter, why) -> refused.add(letter.refusedAgain(why, nowMicros())));
    write(refused);
  }

  /** What is asked for at present, of one topic. */
  Collection<LetterRequest> requests(String topic) {
    return index.requests(topic);
  }

  /** These requests were acted upon, or came too late. */
  void answer(Collection<LetterRequest> requests) {
    log.answer(requests);
    requests.forEach(request -> index.answered(request.letter()));
  }

  private void write(Collection<Letter> letters) {
    if (letters.isEmpty()) {
      return;
    }
    Map<LetterId, Long> offsets = log.write(letters);
    letters.forEach(letter -> index.letter(letter, offsets.get(letter.id())));
  }

  /** The letter about a record. */
  LetterId id(String topic, LogRecord record) {
    return id(topic, record.partition(), record.offset());
  }

  /** The letter about the record at this place. */
  LetterId id(String topic, int partition, long offset) {
    return new LetterId(sink, topic, partition, offset);
  }

  private static long nowMicros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    log.close();
  }
}
