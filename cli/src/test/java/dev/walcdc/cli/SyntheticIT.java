package dev.walcdc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command over a stack without PostgreSQL: made-up events reach both sinks. */
class SyntheticIT {

  @TempDir private static Path home;

  @BeforeAll
  static void up() throws Exception {
    WalCdcCommand up =
        WalCdcCommand.run("up", "--mode", "synthetic", "--detach", "--home", home.toString());
    assertThat(up.code()).as(up.err()).isEqualTo(WalCdc.OK);
  }

  @AfterAll
  static void down() throws Exception {
    assertThat(command("down").code()).isEqualTo(WalCdc.OK);
  }

  @Test
  void eventsReachBothSinks() {
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () -> {
              JsonNode tables =
                  new ObjectMapper().readTree(command("status", "--json").out()).get("tables");
              assertThat(tables).hasSize(2);
              for (JsonNode table : tables) {
                assertThat(table.get("table").asText()).isEqualTo("app.users");
                assertThat(table.get("recordsApplied").asLong()).isPositive();
              }
            });
  }

  @Test
  void aTopicIsPrinted() throws Exception {
    WalCdcCommand topic = command("topic", "synthetic.app.users", "--max", "3");
    assertThat(topic.out().lines()).hasSize(3).allMatch(line -> line.contains("walcdc.schema"));
    command("topic", "nonsense").assertRefused("There is no topic `nonsense`");
  }

  @Test
  void aSecondUpIsRefused() throws Exception {
    command("up", "--mode", "synthetic").assertRefused("is up already as process \\d+");
  }

  @Test
  void thereIsNothingToVerify() throws Exception {
    command("verify").assertRefused("no source");
  }

  private static WalCdcCommand command(String name, String... options) throws Exception {
    String[] arguments = new String[options.length + 3];
    arguments[0] = name;
    System.arraycopy(options, 0, arguments, 1, options.length);
    arguments[options.length + 1] = "--home";
    arguments[options.length + 2] = home.toString();
    return WalCdcCommand.run(arguments);
  }
}
