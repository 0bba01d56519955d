package dev.walcdc.quarantine;

import java.nio.charset.StandardCharsets;

/**
 * What somebody asks the sink that wrote a letter to do with it: only that sink changes a letter,
 * and it takes the request away when it has acted on it. On the quarantine topic it is a record
 * whose key is {@link #toKey()} and whose value is the name of the action.
 *
 * @param letter the letter
 * @param action what to do
 */
public record LetterRequest(LetterId letter, Action action) {

  private static final String SUFFIX = "/request";

  /** What can be asked for. */
  public enum Action {
    /** Apply the record after all, with every other open letter of its key, in their order. */
    REPLAY,
    /** Give it up. */
    DROP
  }

  /** Whether the key of a record on the quarantine topic is a request's. */
  public static boolean isKey(byte[] recordKey) {
    return new String(recordKey, StandardCharsets.UTF_8).endsWith(SUFFIX);
  }

  /** The letter that a request's key is about. */
  public static LetterId letterOf(byte[] requestKey) {
    String text = new String(requestKey, StandardCharsets.UTF_8);
    return LetterId.parse(text.substring(0, text.length() - SUFFIX.length()));
  }

  /** Key of the request's record on the quarantine topic. */
  public byte[] toKey() {
    return (letter + SUFFIX).getBytes(StandardCharsets.UTF_8);
  }

  /** Value of the request's record. */
  public byte[] toValue() {
    return action.name().getBytes(StandardCharsets.US_ASCII);
  }

  /** Reads a request from its record, whose value is not null. */
  public static LetterRequest of(byte[] recordKey, byte[] value) {
    return new LetterRequest(
        letterOf(recordKey), Action.valueOf(new String(value, StandardCharsets.US_ASCII)));
  }
}
