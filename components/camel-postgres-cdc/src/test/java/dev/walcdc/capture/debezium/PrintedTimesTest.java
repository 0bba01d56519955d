package dev.walcdc.capture.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintedTimesTest {

  @ParameterizedTest
  @CsvSource({
    "1970-01-01, 0",
    "4714-11-24 BC, -2440588",
    "0001-12-31 BC, -719163",
    "0001-01-01, -719162",
    "1582-10-10, -141432",
    "5874897-12-31, 2145042905",
    "infinity, 2147483647",
    "-infinity, -2147483648"
  })
  void days(String text, int days) {
    assertThat(PrintedTimes.days(text)).isEqualTo(days);
  }

  @ParameterizedTest
  @CsvSource({
    "1970-01-01 00:00:00, 0",
    "1969-12-31 23:59:59.999999, -1",
    "1970-01-01 00:00:00.1, 100000",
    "1970-01-01 00:00:00.000001, 1",
    "4714-11-24 00:00:00 BC, -210866803200000000",
    "294247-01-10 04:00:24.999999, 9223372036824999999",
    // From here on the number would come near that of infinity, or run over.
    "294247-01-10 04:00:25, 9223372036854775807",
    "294276-12-31 23:59:59.999999, 9223372036854775807",
    "infinity, 9223372036825200000",
    "-infinity, -9223372036832400000"
  })
  void micros(String text, long micros) {
    assertThat(PrintedTimes.micros(text)).isEqualTo(micros);
  }

  @ParameterizedTest
  @CsvSource({
    "1970-01-01 00:00:00+00, 1970-01-01T00:00:00Z",
    "1970-01-01 05:30:00.5+05:30, 1970-01-01T00:00:00.500Z",
    "1883-11-18 12:03:57.000001-00:01:15, 1883-11-18T12:05:12.000001Z",
    "0044-03-15 12:00:00.000001+00 BC, -0043-03-15T12:00:00.000001Z",
    "10000-01-01 00:00:00+00, +10000-01-01T00:00:00Z",
    "294276-12-31 23:59:59.999999+00, +294276-12-31T23:59:59.999999Z",
    "infinity, infinity",
    "-infinity, -infinity"
  })
  void iso(String text, String iso) {
    assertThat(PrintedTimes.iso(text)).isEqualTo(iso);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "01.03.2024", "2024-02-30", "2024-02-29 AD", "epoch"})
  void otherTextIsRefused(String text) {
    assertThatThrownBy(() -> PrintedTimes.days(text)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> PrintedTimes.micros(text)).isInstanceOf(RuntimeException.class);
  }
}
