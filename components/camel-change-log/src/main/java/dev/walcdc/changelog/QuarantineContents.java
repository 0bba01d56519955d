package dev.walcdc.changelog;

import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterId;
import dev.walcdc.quarantine.LetterRequest;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The letters of all sinks, for whoever looks at them from outside: those that a filter lets pass.
 * Their bytes stay on the topic. Used by one thread.
 */
public final class QuarantineContents implements QuarantineLog.Reader {

  private final Predicate<Letter> filter;
  private final SortedMap<LetterId, Letter> letters = new TreeMap<>();
  private final Map<LetterId, Long> offsets = new HashMap<>();
  private final Map<LetterId, LetterRequest> requests = new HashMap<>();

  /** Keeps letters that pass the filter in their present state, and forgets the others. */
  public QuarantineContents(Predicate<Letter> filter) {
    this.filter = filter;
  }

  /** What the topic holds at present; nothing where there is no such topic. */
  public static QuarantineContents read(QuarantineLog log, Predicate<Letter> filter) {
    QuarantineContents contents = new QuarantineContents(filter);
    contents.refresh(log);
    return contents;
  }

  /** Takes in what came since the log was read last. */
  public void refresh(QuarantineLog log) {
    if (log.exists()) {
      log.readToEnd(this);
    }
  }

  /** Letters with their bytes. */
  public Collection<Letter> withBytes(QuarantineLog log, Collection<LetterId> wanted) {
    return log.fetch(wanted.stream().map(offsets::get).toList()).values();
  }

  /** The letters without their bytes, by sink, topic and place. */
  public Collection<Letter> letters() {
    return Collections.unmodifiableCollection(letters.values());
  }

  /** One letter. */
  public Optional<Letter> letter(LetterId id) {
    return Optional.ofNullable(letters.get(id));
  }

  /** Whether a sink has still to act on a request about this letter. */
  public boolean isAsked(LetterId id) {
    return requests.containsKey(id);
  }

  @Override
  public void letter(Letter letter, long offset) {
    if (filter.test(letter)) {
      letters.put(letter.id(), letter.withoutValue());
      offsets.put(letter.id(), offset);
    } else {
      forgotten(letter.id());
    }
  }

  @Override
  public void forgotten(LetterId letter) {
    letters.remove(letter);
    offsets.remove(letter);
  }

  @Override
  public void request(LetterRequest request) {
    requests.put(request.letter(), request);
  }

  @Override
  public void answered(LetterId letter) {
    requests.remove(letter);
  }
}
