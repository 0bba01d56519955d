package dev.walcdc.iceberg;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnyCutAnyReplayTest {

  private static final int SEEDS = Integer.getInteger("walcdc.seeds", 6);

  @ParameterizedTest
  @CsvSource({"true, 1", "false, 1", "true, 3", "false, 3"})
  void givesTheSameRows(boolean keyed, int partitions) {
    for (long seed = 0; seed < SEEDS; seed++) {
      AnyCutAnyReplay.check(TestLake.inMemory(), seed, keyed, partitions);
    }
  }
}
