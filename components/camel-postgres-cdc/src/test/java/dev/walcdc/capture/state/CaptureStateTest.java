package dev.walcdc.capture.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.capture.SourcePosition;
import dev.walcdc.capture.resync.ResyncJob;
import dev.walcdc.capture.resync.ResyncRequest;
import dev.walcdc.capture.state.CaptureState.Phase;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CaptureStateTest {

  @Test
  void comesBackAsItWas() {
    CaptureState state =
        new CaptureState(
            3,
            Phase.STREAMING,
            "7346398475",
            2,
            new SourcePosition(
                1L << 40,
                1L << 41,
                1L << 39,
                4_294_967_296L,
                Map.of("lsn", 1L << 40, "snapshot", "x", "b", true)),
            Map.of("p.app.t", Map.of(0, 12L, 1, 1L << 33)),
            Map.of("app.t", "1/2"),
            List.of(
                ResyncJob.of("a", new ResyncRequest("app", "t", "id > 3", null), 12),
                ResyncJob.of("b", new ResyncRequest("app", "u", null, "why"), 0)),
            1_700_000_000_000_000L);
    assertThat(CaptureState.fromJson(state.toJson())).isEqualTo(state);
  }

  @Test
  void aSnapshotHasNoPosition() {
    CaptureState state =
        new CaptureState(1, Phase.SNAPSHOT, "7", 1, null, Map.of(), null, List.of(), 5);
    assertThat(CaptureState.fromJson(state.toJson())).isEqualTo(state);
    assertThat(new String(state.toJson(), UTF_8)).doesNotContain("\"position\"");
  }

  @Test
  void somethingElseIsRefused() {
    assertThatThrownBy(() -> CaptureState.fromJson("[]".getBytes(UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Not a capture state");
  }
}
