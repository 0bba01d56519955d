package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class VerifyReportTest {

  private static final VerifyReport.Table AGREES =
      new VerifyReport.Table(
          "app.t",
          1,
          List.of("id"),
          List.of(new VerifyReport.Sink("iceberg", 1, 1, 0, List.of(), null, null)),
          0.1);

  private static VerifyReport report(List<VerifyReport.Quarantined> quarantined) {
    return new VerifyReport(VerifyReport.Mode.QUICK, List.of(AGREES), quarantined, List.of(), 0.1);
  }

  @Test
  void rowsThatAgreeAreNotEnoughWhileOneIsInQuarantine() {
    VerifyReport.Quarantined dirty =
        new VerifyReport.Quarantined(
            "sink-iceberg", "app.t", "{\"id\":1}", List.of("letter"), "refused");

    assertThat(report(List.of()).agrees()).isTrue();
    assertThat(report(List.of(dirty)).agrees()).isFalse();
  }
}
