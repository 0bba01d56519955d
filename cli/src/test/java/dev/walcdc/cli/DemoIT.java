package dev.walcdc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo shop, as somebody meets it who follows the README; the shop sells all the while. */
class DemoIT {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String QUESTION = "waterproof shoes for the mountains";

  @TempDir private static Path home;

  @BeforeAll
  static void up() throws Exception {
    command("up", "--demo", "--detach").assertDone();
  }

  @AfterAll
  static void down() throws Exception {
    command("down").assertDone();
  }

  @Test
  void everyTableOfTheShopReachesBothSinksAndAgrees() throws Exception {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode tables = json("status", "--json").get("tables");
              assertThat(tables).hasSize(8);
              for (JsonNode table : tables) {
                assertThat(table.get("recordsApplied").asLong()).as("%s", table).isPositive();
              }
            });
    WalCdcCommand verify = command("verify", "--exact");
    assertThat(verify.out()).contains("app.orders", "agrees");
    verify.assertDone();
  }

  @Test
  void articlesAreFoundByWhatTheirTextsMeanNow() throws Exception {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(found()).isEqualTo("Alpine boots"));
    ConnectionSettings.Postgres source = LocalStack.settings(home).postgres();
    try (Connection connection =
            DriverManager.getConnection(source.jdbcUrl(), source.user(), source.password());
        Statement statement = connection.createStatement()) {
      statement.execute(
          "UPDATE app.products SET description = 'A book about the birds of the sea' WHERE name = 'Alpine boots'");
    }
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(found()).isEqualTo("Trail runners"));
  }

  @Test
  void theLakeIsMaintainedWhileItIsWritten() throws Exception {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> command("maintain", "app.order_items").assertDone());
    JsonNode table = json("maintain", "app.order_items", "--json").get("tables").get(0);
    assertThat(table.get("table").asText()).isEqualTo("app.order_items");
    assertThat(table.get("after").get("dataFiles").asInt()).isPositive();
    command("maintain", "app.nothing").assertRefused("has written no table `app.nothing`");
  }

  /** Name of the article that the search finds first; empty while it cannot answer. */
  private static String found() throws Exception {
    return json("search", QUESTION, "-k", "1", "--json").at("/hits/0/row/name").asText();
  }

  private static JsonNode json(String name, String... options) throws Exception {
    return new ObjectMapper().readTree(command(name, options).out());
  }

  private static WalCdcCommand command(String name, String... options) throws Exception {
    return WalCdcCommand.on(home, name, options);
  }
}
