package dev.walcdc.flink.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQL files as the statements that are run. */
class SqlFileTest {

  @TempDir private Path folder;

  @Test
  void statementsAreSplitAndFilled() throws IOException {
    SqlFile file =
        read(
            """
            -- A comment; with a semicolon;
            SET 'a.b' = '${A:-1s}';
            CREATE TABLE t (x STRING) WITH (
              -- another
              'topic' = '${TOPIC}'
            );
            SELECT 'a; b';
            """,
            Map.of("TOPIC", "it's"));

    assertThat(file.settings()).containsExactly(Map.entry("a.b", "1s"));
    assertThat(file.statements())
        .containsExactly(
            "CREATE TABLE t (x STRING) WITH (\n  'topic' = 'it''s'\n)", "SELECT 'a; b'");
  }

  @Test
  void aVariableThatIsNotSetIsNamed() {
    assertThatThrownBy(() -> read("SELECT '${NOWHERE}';", Map.of()))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("t.sql needs NOWHERE");
  }

  @Test
  void aLineWithoutItsVariableIsLeftOut() throws IOException {
    String text = "CREATE CATALOG c WITH (\n  'user' = '${USER_NAME?}',\n  'x' = 'y'\n);";

    assertThat(read(text, Map.of()).statements())
        .containsExactly("CREATE CATALOG c WITH (\n  'x' = 'y'\n)");
    assertThat(read(text, Map.of("USER_NAME", "u")).statements())
        .containsExactly("CREATE CATALOG c WITH (\n  'user' = 'u',\n  'x' = 'y'\n)");
  }

  @Test
  void secretsDoNotShow() throws IOException {
    assertThat(read("SELECT '${KEY}';", Map.of("KEY", "hidden")).toString())
        .doesNotContain("hidden");
    assertThat(new Settings(Map.of("KEY", "hidden")).toString()).doesNotContain("hidden");
  }

  @Test
  void everyFileOfTheRepositoryCanBeRead() {
    SqlFolder sql = new SqlFolder(Path.of("../infra/kubernetes/flink/sql"));
    Settings settings = new Settings(Map.of("KAFKA_BROKERS", "b", "ICEBERG_WAREHOUSE", "w"));

    assertThat(sql.common(settings).settings())
        .containsEntry("execution.checkpointing.mode", "EXACTLY_ONCE");
    assertThat(sql.tables())
        .containsExactly("app.order_items", "app.orders", "app.products", "app.users");
    for (String table : sql.tables()) {
      assertThat(sql.table(table, settings).statements()).hasSize(4);
      assertThat(sql.table(table, settings).statements().get(3)).startsWith("INSERT INTO");
    }
  }

  private SqlFile read(String text, Map<String, String> environment) throws IOException {
    Path file = Files.writeString(folder.resolve("t.sql"), text);
    return SqlFile.read(file, new Settings(environment));
  }
}
