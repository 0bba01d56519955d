package dev.walcdc.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyConditionTest {

  private static TableSchema keyedBy(PostgresType type) {
    return new TableSchema(
        "app",
        "t",
        List.of(new Column("k", type, false, 1), new Column("v", PostgresType.of("text"), true, 2)),
        List.of("k"),
        1,
        1);
  }

  private static boolean holds(String condition, String type, Object value) {
    return KeyCondition.parse(condition).bind(keyedBy(PostgresType.of(type))).stream()
        .allMatch(bound -> bound.holds(new Object[] {value, null}));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          id >= 10 and ID < 20          | "id" >= '10' AND "id" < '20'
          "Odd ""Name" = 'it''s'        | "Odd ""Name" = 'it''s'
          a='' AND b<=-1.5              | "a" = '' AND "b" <= '-1.5'
          k > 'x AND y = 1'             | "k" > 'x AND y = 1'
          """)
  void isReadAndWritten(String text, String canonical) {
    KeyCondition condition = KeyCondition.parse(text);
    assertThat(condition).hasToString(canonical);
    assertThat(KeyCondition.parse(canonical)).isEqualTo(condition);
  }

  @Test
  void withoutTextItMeansEveryRow() {
    assertThat(KeyCondition.parse(null)).isEqualTo(KeyCondition.ALL);
    assertThat(KeyCondition.parse(" ").isAll()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id",
        "id > ",
        "id > 1 OR id < 0",
        "id > 1 AND",
        "id <> 1",
        "1 = id",
        "id = 'x",
        "id > 1)",
        "id > 1; DROP TABLE t",
        "id > 1 ANDid < 2"
      })
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> KeyCondition.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not understood");
  }

  @Test
  void comparesAsEveryServerDoes() {
    assertThat(holds("k >= 10 AND k < 20", "int4", 10)).isTrue();
    assertThat(holds("k >= 10 AND k < 20", "int4", 20)).isFalse();
    assertThat(holds("k <= 9223372036854775807", "int8", Long.MAX_VALUE)).isTrue();
    // Byte by byte: not by the alphabet, and not by UTF-16 either.
    assertThat(holds("k < 'a'", "text", "B")).isTrue();
    assertThat(holds("k > '\uFFFD'", "text", "\uD83D\uDE00")).isTrue();
    UUID uuid = UUID.randomUUID();
    assertThat(holds("k = '" + uuid + "'", "uuid", uuid)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "v > 'a', int4, no column of the primary key",
    "x > 'a', int4, no column of the primary key",
    "k > 'a', int4, is no int4",
    "k > 1, float8, cannot be compared here",
    "k > 1, numeric, cannot be compared here",
    "k > '2024-01-01', date, cannot be compared here",
    "k > '2024-01-01', timestamptz, cannot be compared here",
    "k > 'a', uuid, only be compared by `=`"
  })
  void whatServersUnderstandDifferentlyIsRefused(String text, String type, String reason) {
    KeyCondition condition = KeyCondition.parse(text);
    assertThatThrownBy(() -> condition.bind(keyedBy(PostgresType.of(type))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void anErasureIsReadAndWritten() {
    Version version = Version.of(3, 0xABC, 0xDEF);
    for (Erasure erasure :
        List.of(
            Erasure.below(Version.ofSnapshot(7)),
            Erasure.below(version),
            new Erasure(version, KeyCondition.parse("k = '\u00e9'")),
            new Erasure(Version.ofSnapshot(7), KeyCondition.parse("k < 3")))) {
      assertThat(Erasure.parse(erasure.toText())).isEqualTo(erasure);
    }
    assertThat(Erasure.below(Version.ofSnapshot(7)).toText()).isEqualTo("7");
    assertThat(new Erasure(version, KeyCondition.parse("k < 3")).toText())
        .isEqualTo("3/ABC/DEF \"k\" < '3'");
  }
}
