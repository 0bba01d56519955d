package dev.walcdc.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FiguresTest {

  private static final long SECOND = 1_000_000_000L;

  private static Figure figure(long seconds) {
    return Figure.of(
        "stage",
        new Mark(SECOND, 10_000, SECOND / 2),
        new Mark(seconds * SECOND, 110_000, 3 * SECOND),
        1_000_000,
        SECOND,
        "server");
  }

  @Test
  void startUpIsLeftOutOnceAndCountedOnce() {
    Figure figure = figure(3);
    assertThat(figure.rate()).isEqualTo(50_000);
    assertThat(figure.rateWithStart()).isCloseTo(36_666.7, within());
    assertThat(figure.cpu()).isCloseTo(25, within());
    assertThat(figure.cpuWithStart()).isCloseTo(27.3, within());
    assertThat(figure.peakMegabytes()).isEqualTo(1);
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(0.1);
  }

  @Test
  void medianPassesOverRunsThatWereSkipped() {
    Figure median =
        Figure.median(List.of(figure(3), Figure.skipped("stage", "no peer"), figure(2), figure(6)));
    assertThat(median.rate()).isEqualTo(50_000);
    assertThat(Figure.median(List.of(Figure.skipped("stage", "no peer"))).skipped())
        .isEqualTo("no peer");
  }

  @Test
  void percentilesAreValuesThatOccurred() {
    Latency latency =
        Latency.of("path", 1, LongStream.rangeClosed(1, 200).map(ms -> ms * 1_000_000).toArray());
    assertThat(latency.p50()).isEqualTo(100);
    assertThat(latency.p99()).isEqualTo(198);
    assertThat(latency.max()).isEqualTo(200);
  }

  @Test
  void digestHeedsEveryValueButNotTheOrder() {
    RowDigest one = new RowDigest();
    one.add(1, "a", null, 5, new BigDecimal("1.50"), "{}");
    one.add(2, "b", "n", 6, new BigDecimal("2"), "{}");
    RowDigest other = new RowDigest();
    other.add(2, "b", "n", 6, new BigDecimal("2.00"), "{}");
    other.add(1, "a", null, 5, new BigDecimal("1.5"), "{}");
    one.mustEqual(other, "sink");
    RowDigest wrong = new RowDigest();
    wrong.add(2, "b", "n", 7, new BigDecimal("2.00"), "{}");
    wrong.add(1, "a", null, 5, new BigDecimal("1.5"), "{}");
    assertThatThrownBy(() -> wrong.mustEqual(one, "sink")).isInstanceOf(BenchException.class);
  }
}
