package dev.walcdc.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class VersionTest {

  private static final long MAX_LSN = (1L << 56) - 1;

  @Provide
  Arbitrary<Integer> epochs() {
    return Arbitraries.integers().between(0, 0xFFFF);
  }

  @Provide
  Arbitrary<Long> lsns() {
    return Arbitraries.longs().between(0, MAX_LSN);
  }

  @Property(tries = 500, seed = "20261101")
  void isTheDocumentedNumber(
      @ForAll("epochs") int epoch, @ForAll("lsns") long commit, @ForAll("lsns") long lsn) {
    Version version = Version.of(epoch, commit, lsn);

    BigInteger number =
        BigInteger.valueOf(epoch)
            .shiftLeft(112)
            .or(BigInteger.valueOf(commit).shiftLeft(56))
            .or(BigInteger.valueOf(lsn));
    assertThat(version.toBigInteger()).isEqualTo(number);
    assertThat(version.epoch()).isEqualTo(epoch);
    assertThat(version.lastCommitLsn()).isEqualTo(commit);
    assertThat(version.lsn()).isEqualTo(lsn);
  }

  @Property(tries = 500, seed = "20261101")
  void isOrderedAsTheNumber(
      @ForAll long high1, @ForAll long low1, @ForAll long high2, @ForAll long low2) {
    Version a = new Version(high1, low1);
    Version b = new Version(high2, low2);

    int expected = a.toBigInteger().compareTo(b.toBigInteger());
    assertThat(Integer.signum(a.compareTo(b))).isEqualTo(expected);
    assertThat(Version.max(a, b)).isEqualTo(expected >= 0 ? a : b);
    assertThat(Integer.signum(a.compareTo(new Version(high1, low2))))
        .isEqualTo(a.toBigInteger().compareTo(new Version(high1, low2).toBigInteger()));
  }

  @Example
  void rowsReadByASnapshotLoseToEveryChangeOfTheirEpochAndBeatTheEpochBefore() {
    Version snapshot = Version.ofSnapshot(2);

    assertThat(snapshot).isLessThan(Version.of(2, 0, 1)).isGreaterThan(Version.NONE);
    assertThat(snapshot).isGreaterThan(Version.of(1, MAX_LSN, MAX_LSN));
    assertThat(Version.of(0xFFFF, MAX_LSN, MAX_LSN)).isGreaterThan(Version.of(0x7FFF, 0, 0));
  }

  @Example
  void refusesPartsThatDoNotFit() {
    assertThatThrownBy(() -> Version.of(0x10000, 0, 0)).hasMessageContaining("Epoch 65536");
    assertThatThrownBy(() -> Version.of(-1, 0, 0)).hasMessageContaining("Epoch -1");
    assertThatThrownBy(() -> Version.of(1, MAX_LSN + 1, 0)).hasMessageContaining("56 bits");
    assertThatThrownBy(() -> Version.of(1, 0, -1)).hasMessageContaining("56 bits");
  }

  @Example
  void showsLsnsAsPostgresDoes() {
    assertThat(Version.of(3, 0x1962E30, 0x1962F00)).hasToString("3/1962E30/1962F00");
  }
}
