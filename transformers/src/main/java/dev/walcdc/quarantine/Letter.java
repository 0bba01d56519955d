package dev.walcdc.quarantine;

import dev.walcdc.change.Version;
import dev.walcdc.log.RecordHeaders;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A record of the log that a sink could not apply, kept with what is wrong with it. On the topic
 * {@code <prefix>.quarantine} it is one record, keyed by {@link LetterId#toString()}: the refused
 * record's value and headers as they were, and headers of our own. The last record of a key counts.
 * Once it is closed the letter keeps its headers and loses its value.
 *
 * @param id which record
 * @param state what became of it
 * @param key the record's key; null for a table without one
 * @param value the record's value; empty once the letter is closed, and where the log could not
 *     take it a second time
 * @param headers the record's own headers
 * @param reason why it was refused, and the way out
 * @param version its rank in the source's history; null where even that cannot be said
 * @param refusedAtMicros when it was refused first, microseconds since 1970 UTC
 * @param changedAtMicros when it got its present state
 * @param supersededBy offset of the record that made it superfluous, in the same partition; -1
 *     unless it is superseded
 */
public record Letter(
    LetterId id,
    LetterState state,
    byte[] key,
    byte[] value,
    Map<String, byte[]> headers,
    String reason,
    Version version,
    long refusedAtMicros,
    long changedAtMicros,
    long supersededBy) {

  /** Prefix of the headers that are not the refused record's. */
  private static final String OWN = "walcdc.letter.";

  /** Name of the header that holds the state, by which a letter is told from a request. */
  public static final String STATE = OWN + "state";

  private static final String KEY = OWN + "key";
  private static final String REASON = OWN + "reason";
  private static final String VERSION = OWN + "version";
  private static final String REFUSED_AT = OWN + "refused-at";
  private static final String CHANGED_AT = OWN + "changed-at";
  private static final String SUPERSEDED_BY = OWN + "superseded-by";

  /** Keeps a long reason from making the letter larger than a record may be. */
  private static final int LONGEST_REASON = 4_000;

  public Letter {
    headers = Map.copyOf(headers);
    reason = reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON);
  }

  /** A letter that was just written. */
  public static Letter open(
      LetterId id,
      byte[] key,
      byte[] value,
      Map<String, byte[]> headers,
      String reason,
      Version version,
      long nowMicros) {
    return new Letter(
        id, LetterState.OPEN, key, value, headers, reason, version, nowMicros, nowMicros, -1);
  }

  /** Whether its key is dirty because of it. */
  public boolean isOpen() {
    return state == LetterState.OPEN;
  }

  /** Fingerprint of the schema that the record names; null where it names none. */
  public String schema() {
    return text(headers, RecordHeaders.SCHEMA);
  }

  /** The key for people: as text, or the empty text. */
  public String keyText() {
    return key == null ? "" : new String(key, StandardCharsets.UTF_8);
  }

  /** The letter, closed: without its value. */
  public Letter closed(LetterState end, long bySupersedingOffset, long nowMicros) {
    return new Letter(
        id,
        end,
        key,
        new byte[0],
        headers,
        reason,
        version,
        refusedAtMicros,
        nowMicros,
        bySupersedingOffset);
  }

  /** The letter, refused once more. */
  public Letter refusedAgain(String why, long nowMicros) {
    return new Letter(
        id, LetterState.OPEN, key, value, headers, why, version, refusedAtMicros, nowMicros, -1);
  }

  /** The letter without the bytes of its record. */
  public Letter withoutValue() {
    return withoutValue(reason);
  }

  /** The letter without the bytes of its record, and with another reason. */
  public Letter withoutValue(String why) {
    return new Letter(
        id,
        state,
        key,
        new byte[0],
        headers,
        why,
        version,
        refusedAtMicros,
        changedAtMicros,
        supersededBy);
  }

  /** Headers of its record on the quarantine topic. */
  public Map<String, byte[]> toHeaders() {
    Map<String, byte[]> all = new HashMap<>(headers);
    all.put(STATE, bytes(state.name()));
    if (key != null) {
      all.put(KEY, key);
    }
    all.put(REASON, bytes(reason));
    if (version != null) {
      all.put(VERSION, bytes(version.toString()));
    }
    all.put(REFUSED_AT, bytes(Long.toString(refusedAtMicros)));
    all.put(CHANGED_AT, bytes(Long.toString(changedAtMicros)));
    if (state == LetterState.SUPERSEDED) {
      all.put(SUPERSEDED_BY, bytes(Long.toString(supersededBy)));
    }
    return all;
  }

  /**
   * Reads the letter from its record on the quarantine topic.
   *
   * @param recordKey the record's key
   * @param value the record's value
   * @param all the record's headers
   * @throws IllegalArgumentException if it is no letter
   */
  public static Letter of(byte[] recordKey, byte[] value, Map<String, byte[]> all) {
    Map<String, byte[]> headers = new HashMap<>(all);
    headers.keySet().removeIf(name -> name.startsWith(OWN));
    String version = text(all, VERSION);
    String supersededBy = text(all, SUPERSEDED_BY);
    return new Letter(
        LetterId.parse(new String(recordKey, StandardCharsets.UTF_8)),
        LetterState.valueOf(text(all, STATE)),
        all.get(KEY),
        value,
        headers,
        Objects.requireNonNullElse(text(all, REASON), ""),
        version == null ? null : Version.parse(version),
        Long.parseLong(text(all, REFUSED_AT)),
        Long.parseLong(text(all, CHANGED_AT)),
        supersededBy == null ? -1 : Long.parseLong(supersededBy));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(Map<String, byte[]> headers, String name) {
    byte[] value = headers.get(name);
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }
}
