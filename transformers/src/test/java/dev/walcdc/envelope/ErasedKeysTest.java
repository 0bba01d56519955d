package dev.walcdc.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.Version;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ErasedKeysTest {

  private static final TableSchema TABLE =
      new TableSchema(
          "s",
          "t",
          List.of(
              new Column("a", PostgresType.of("text"), true, 1),
              new Column("id", PostgresType.of("int8"), false, 2)),
          List.of("id"),
          1,
          1);
  private static final Version FENCE = Version.of(1, 50, 60);
  private static final Version OLDER = Version.of(1, 40, 45);

  private static boolean covered(String where, String key, Version version) {
    return new ErasedKeys(TABLE, new Erasure(FENCE, KeyCondition.parse(where)))
        .cover(key == null ? null : key.getBytes(StandardCharsets.UTF_8), version);
  }

  @Test
  void whatIsOlderGoesWhateverItsKeyIs() {
    assertThat(covered(null, "{\"id\":7}", OLDER)).isTrue();
    assertThat(covered(null, null, OLDER)).isTrue();
    assertThat(covered(null, "no key", OLDER)).isTrue();
    assertThat(covered(null, "{\"id\":7}", FENCE)).isFalse();
  }

  @Test
  void aConditionIsAboutTheKey() {
    assertThat(covered("id < 10", "{\"id\":7}", OLDER)).isTrue();
    assertThat(covered("id < 10", "{\"id\":10}", OLDER)).isFalse();
    assertThat(covered("id < 10", "{\"id\":7}", FENCE)).isFalse();
  }

  @Test
  void whatNobodyCanTellStays() {
    assertThat(covered("id < 10", null, OLDER)).isFalse();
    assertThat(covered("id < 10", "no key", OLDER)).isFalse();
    assertThat(covered("id < 10", "{\"other\":7}", OLDER)).isFalse();
  }
}
