package dev.walcdc.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableCatalogTest {

  @ParameterizedTest
  @CsvSource({
    "UTC,true",
    "Etc/UTC,true",
    "Etc/GMT,true",
    "Zulu,true",
    "Europe/London,false",
    "Europe/Vienna,false",
    "Etc/GMT+1,false",
    "nowhere,false"
  })
  void onlyUtcShowsWallClocksUnshifted(String zone, boolean utc) {
    assertThat(TableCatalog.isUtc(zone)).isEqualTo(utc);
  }
}
