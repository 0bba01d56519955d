package dev.walcdc.changelog;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LetterLimitTest {

  private static final RuntimeException CAUSE = new IllegalArgumentException("out of range");

  private final AtomicLong now = new AtomicLong();
  private final LetterLimit limit = new LetterLimit(10, now::get);

  @Test
  void countsTheLettersOfTheLastMinuteOfEachTopic() {
    write("a", 6);
    write("b", 10);
    pass(Duration.ofSeconds(30));
    write("a", 4);
    pass(Duration.ofSeconds(31));
    write("a", 6); // The first six are older than a minute.
    assertRefused("a", 1);
  }

  @Test
  void aTableThatWasStoppedStaysSoUntilABatchPasses() {
    assertRefused("a", 11);
    pass(Duration.ofMinutes(5));
    assertRefused("a", 1);
    write("b", 1);

    limit.clear("a");

    write("a", 1);
  }

  @Test
  void whatWasNotWrittenDoesNotCount() {
    for (int i = 0; i < 5; i++) {
      limit.require("a", 6, CAUSE); // The broker does not take them.
    }
    write("a", 6);
  }

  @Test
  void noneAtAll() {
    LetterLimit none = new LetterLimit(0, now::get);
    assertThatThrownBy(() -> none.require("a", 1, CAUSE))
        .isInstanceOf(QuarantineFullException.class)
        .hasMessageContainingAll("Topic `a` waits", "out of range", "quarantineLimit");
  }

  private void write(String topic, int letters) {
    assertThatCode(() -> limit.require(topic, letters, CAUSE)).doesNotThrowAnyException();
    limit.written(topic, letters);
  }

  private void assertRefused(String topic, int letters) {
    assertThatThrownBy(() -> limit.require(topic, letters, CAUSE))
        .isInstanceOf(QuarantineFullException.class);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }
}
