package dev.walcdc.failpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailPointTest {

  @Test
  void nothingHappensUnlessTheEnvironmentArmsIt() {
    assertThat(System.getenv(FailPoint.VARIABLE)).isNull();
    for (FailPoint point : FailPoint.values()) {
      assertThatCode(point::reach).doesNotThrowAnyException();
    }
    assertThat(ArmedPoint.parse(null)).isNull();
    assertThat(ArmedPoint.parse(" ")).isNull();
  }

  @Test
  void theNthTimeOfThatPointFailsAndNoOther() {
    ArmedPoint armed = ArmedPoint.parse("iceberg.files-written:3:throw");
    armed.reached(FailPoint.ICEBERG_FILES_WRITTEN);
    armed.reached(FailPoint.ICEBERG_COMMIT_SENT);
    armed.reached(FailPoint.ICEBERG_FILES_WRITTEN);
    assertThatThrownBy(() -> armed.reached(FailPoint.ICEBERG_FILES_WRITTEN))
        .hasMessageContaining("iceberg.files-written");
    armed.reached(FailPoint.ICEBERG_FILES_WRITTEN);
  }

  @Test
  void aNameIsOfOnePoint() {
    assertThat(Arrays.stream(FailPoint.values()).map(FailPoint::id)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "capture.polled",
        "capture.polled:0:halt",
        "capture.polled:1",
        "capture.polled:1:explode",
        "capture.polled:x:halt",
        "capture.nowhere:1:halt"
      })
  void whatArmsNothingIsRefused(String text) {
    assertThatThrownBy(() -> ArmedPoint.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(FailPoint.VARIABLE);
  }
}
