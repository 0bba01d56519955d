package dev.walcdc.cli;

import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.changelog.QuarantineContents;
import dev.walcdc.changelog.QuarantineLog;
import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterId;
import dev.walcdc.quarantine.LetterRequest;
import dev.walcdc.quarantine.LetterRequest.Action;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The quarantine of a home's pipeline, for one command. */
final class LetterBox implements AutoCloseable {

  private static final long LOOK_MILLIS = 300;

  private final String topicPrefix;
  private final QuarantineLog log;
  private final QuarantineContents contents;

  private LetterBox(String topicPrefix, QuarantineLog log) {
    this.topicPrefix = topicPrefix;
    this.log = log;
    this.contents = QuarantineContents.read(log, letter -> true);
  }

  /**
   * Reads it.
   *
   * @throws CliException if no pipeline ever ran there, or its servers do not run
   */
  static LetterBox open(Home home) {
    Run run = StatusCommand.lastPipeline(home);
    home.requireServers();
    String prefix = run.mode().topicPrefix();
    KafkaConnection connection =
        KafkaConnection.plaintext(home.settings().kafka().bootstrapServers());
    return new LetterBox(prefix, new QuarantineLog(connection, prefix + ".quarantine"));
  }

  /** First part of the topics' names. */
  String topicPrefix() {
    return topicPrefix;
  }

  /** Letters with the bytes of their records. */
  Collection<Letter> withBytes(List<Letter> letters) {
    return contents.withBytes(log, letters.stream().map(Letter::id).toList());
  }

  /** Every letter, closed ones too, without the bytes of their records. */
  Collection<Letter> letters() {
    return contents.letters();
  }

  /**
   * What became of a request.
   *
   * @param letter the letter as it is now
   * @param answered whether its sink has acted on it
   */
  record Outcome(Letter letter, boolean answered) {}

  /** Asks the sinks for something and waits until they have acted. */
  List<Outcome> ask(Action action, List<Letter> letters, Duration timeout)
      throws InterruptedException {
    log.ask(letters.stream().map(letter -> new LetterRequest(letter.id(), action)).toList());
    long deadline = System.nanoTime() + timeout.toNanos();
    contents.refresh(log);
    while (letters.stream().anyMatch(letter -> contents.isAsked(letter.id()))
        && System.nanoTime() < deadline) {
      Thread.sleep(LOOK_MILLIS);
      contents.refresh(log);
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (Letter letter : letters) {
      LetterId id = letter.id();
      outcomes.add(new Outcome(contents.letter(id).orElse(letter), !contents.isAsked(id)));
    }
    return outcomes;
  }

  @Override
  public void close() {
    log.close();
  }
}
