package dev.walcdc.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortsTest {
  @Test
  void picksADifferentPortForEach() {
    Map<Port, Integer> numbers = Ports.choose(Map.of(), Map.of()).numbers();
    assertThat(numbers).containsOnlyKeys(Port.values());
    assertThat(new HashSet<>(numbers.values())).hasSameSizeAs(numbers.keySet());
    assertThat(numbers.values()).allMatch(n -> n >= 20_000 && n < 32_768);
  }

  @Test
  void remembersAndLetsAFixedPortWin() {
    Map<Port, Integer> before = Ports.choose(Map.of(), Map.of()).numbers();
    assertThat(Ports.choose(Map.of(), before).numbers()).isEqualTo(before);
    Ports after = Ports.choose(Map.of(Port.KAFKA, 9092), before);
    assertThat(after.get(Port.KAFKA)).isEqualTo(9092);
    assertThat(after.get(Port.S3)).isEqualTo(before.get(Port.S3));
  }

  @Test
  void aRememberedPortGivesWayToAFixedOne() {
    Map<Port, Integer> before = Ports.choose(Map.of(), Map.of()).numbers();
    int s3 = before.get(Port.S3);
    Ports after = Ports.choose(Map.of(Port.KAFKA, s3), before);
    assertThat(after.get(Port.KAFKA)).isEqualTo(s3);
    assertThat(after.get(Port.S3)).isNotEqualTo(s3);
  }

  @Test
  void refusesOnePortForTwo() {
    assertThatThrownBy(() -> Ports.choose(Map.of(Port.KAFKA, 20_001, Port.S3, 20_001), Map.of()))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("Port 20001 is given to both")
        .hasMessageContaining("kafka")
        .hasMessageContaining("s3");
  }

  @Test
  void namesServerAndPortOfABusyPort() throws Exception {
    try (ServerSocket busy = new ServerSocket(0, 1, Ports.address())) {
      Ports ports = Ports.choose(Map.of(Port.CLICKHOUSE_NATIVE, busy.getLocalPort()), Map.of());
      ports.requireFree(Server.S3);
      assertThatThrownBy(() -> ports.requireFree(Server.CLICKHOUSE))
          .isInstanceOf(StackException.class)
          .hasMessage(
              "Port %d on 127.0.0.1, which ClickHouse needs, is in use by another program: stop that"
                  + " program, or give the stack another number for the port"
                  + " \"clickhouse-native\".",
              busy.getLocalPort());
    }
  }

  @Test
  void refusesNumbersThatAreNoPorts() {
    assertThatThrownBy(
            () ->
                LocalStackOptions.builder(java.nio.file.Path.of("."))
                    .port(Port.KAFKA, 70_000)
                    .build())
        .isInstanceOf(StackException.class)
        .hasMessageContaining("70000 is no port for kafka");
  }
}
