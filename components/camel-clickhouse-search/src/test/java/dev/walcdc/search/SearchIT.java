package dev.walcdc.search;

import static dev.walcdc.search.SearchBed.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.search.query.SearchAnswer;
import dev.walcdc.search.query.SearchRefusedException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is found, and what is not, after each thing that can happen to a row. */
class SearchIT {

  private SearchBed bed;

  @BeforeEach
  void start() throws Exception {
    bed =
        new SearchBed(
            List.of("id"), column("id", "int8"), column("text", "text"), column("price", "int4"));
    bed.apply(
        bed.create(1L, "Waterproof leather boots for rocky trails and snow", 190),
        bed.create(2L, "White canvas shoes for every day in town", 60),
        bed.create(3L, "Small gas stove that boils water in three minutes", 44),
        bed.create(4L, "Rechargeable lamp with red light", 40),
        bed.create(5L, null, 1),
        bed.create(6L, "  ", 1));
  }

  @AfterEach
  void stop() {
    bed.close();
  }

  @Test
  void findsByMeaningByWordsAndByCondition() {
    assertThat(bed.found("id", "footwear for hiking in the mountains", null)).startsWith("1");
    assertThat(bed.found("id", "something to cook on", null)).startsWith("3");
    assertThat(bed.found("id", "canvas", null)).startsWith("2");
    assertThat(bed.found("id", "footwear for hiking in the mountains", "price < 100"))
        .startsWith("2")
        .doesNotContain("1");
    assertThat(bed.found("id", "footwear", "price > 1000")).isEmpty();
  }

  @Test
  void aChangedTextIsFoundByWhatItSaysNow() {
    bed.apply(bed.update(4L, "Warm down sleeping bag for winter nights", 40));
    assertThat(bed.found("id", "something to sleep in when it is cold", null)).startsWith("4");
    assertThat(bed.found("id", "rechargeable lamp", "id = 4")).isEqualTo(List.of("4"));
    assertThat(bed.search("rechargeable lamp", "id = 4", 10).hits().get(0).byWords()).isNull();
  }

  @Test
  void whatIsGoneIsNeverFound() {
    bed.apply(bed.delete(1L, null, null));
    assertThat(bed.found("id", "waterproof leather boots", null)).doesNotContain("1");
    // A key that changes is a deletion and a creation.
    bed.apply(
        bed.delete(2L, null, null),
        bed.create(22L, "White canvas shoes for every day in town", 60));
    assertThat(bed.found("id", "canvas shoes", null)).startsWith("22").doesNotContain("2");
    bed.truncate();
    assertThat(bed.found("id", "canvas shoes", null)).isEmpty();
    bed.apply(bed.create(3L, "Small gas stove that boils water in three minutes", 45));
    assertThat(bed.found("id", "canvas shoes", null)).containsExactly("3");
  }

  @Test
  void whatAnUpdateLeavesOutIsStillFound() {
    bed.apply(bed.update(1L, Unchanged.TOAST, 99));
    assertThat(bed.found("id", "waterproof leather boots", "price = 99")).containsExactly("1");
  }

  @Test
  void aTextThatIsKnownIsNotEmbeddedAgain() throws Exception {
    assertThat(bed.embedded.get()).isEqualTo(4);
    bed.apply(
        bed.update(1L, "Waterproof leather boots for rocky trails and snow", 10),
        bed.create(7L, "White canvas shoes for every day in town", 61));
    assertThat(bed.embedded.get()).isEqualTo(4);
    assertThat(bed.found("id", "canvas shoes", null)).contains("2", "7");
    try (SearchBed other = new SearchBed(bed.schema())) {
      other.apply(
          other.update(1L, "Waterproof leather boots for rocky trails and snow", 11),
          other.create(8L, "White canvas shoes for every day in town", 62),
          other.create(9L, "Merino socks", 17));
      assertThat(other.embedded.get()).isEqualTo(1);
      assertThat(other.found("id", "canvas shoes", null)).contains("2", "7", "8");
    }
  }

  /** A fixed number of bytes, of which ClickHouse takes zeros at the end off where it can. */
  @Test
  void aTextWhoseHashEndsInZeroIsCopiedToo() throws Exception {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    String text =
        IntStream.iterate(0, i -> i + 1)
            .mapToObj(i -> "Tuba number " + i)
            .filter(t -> sha256.digest(t.getBytes(StandardCharsets.UTF_8))[31] == 0)
            .findFirst()
            .orElseThrow();
    bed.apply(bed.create(10L, text, 1));
    bed.apply(bed.create(11L, text, 1));
    assertThat(bed.embedded.get()).isEqualTo(5);
    assertThat(bed.found("id", "tuba", null)).contains("10", "11");
  }

  @Test
  void whatWasDoneBeforeAFailureIsNotDoneAgain() throws Exception {
    List<RowChange> changes = new ArrayList<>();
    IntStream.range(0, 600)
        .forEach(i -> changes.add(bed.create(100L + i, "Article number " + i, 5)));
    int before = bed.embedded.get();
    bed.failing.set(400);
    assertThatThrownBy(() -> bed.apply(changes.toArray(RowChange[]::new)))
        .hasMessageContaining("as the test wants");
    assertThat(bed.embedded.get() - before).isPositive().isLessThan(600);
    bed.apply(changes.toArray(RowChange[]::new));
    assertThat(bed.embedded.get() - before).isEqualTo(600);
    assertThat(bed.ask("SELECT uniqExact(hash) FROM %s_walcdc_texts".formatted(bed.table())))
        .isEqualTo("604");
  }

  @Test
  void rowsThatTheConditionLeavesOverAreAllCompared() {
    addBoots(1_000, 300);
    assertThat(bed.search("mountain boots", null, 2).exact()).isFalse();
    addBoots(2_000, 1_000);
    SearchAnswer answer = bed.search("mountain boots", "price < 100", 2);
    assertThat(answer.exact()).isTrue();
    assertThat(answer.hits())
        .hasSize(2)
        .allMatch(hit -> hit.row().get("price").asInt() < 100)
        .anyMatch(hit -> hit.row().get("id").asInt() == 2);
    assertThat(bed.search("mountain boots", null, 2).exact()).isFalse();
  }

  /** Of two sizes, which is little to compute. */
  private void addBoots(long firstId, int count) {
    bed.apply(
        IntStream.range(0, count)
            .mapToObj(i -> bed.create(firstId + i, "Mountain boots, size " + i % 2, 500))
            .toArray(RowChange[]::new));
  }

  @Test
  void everyTypeOfKeyLeadsToItsRow() throws Exception {
    Column number = new Column("k_numeric", new PostgresType("numeric", 10, 2), false, 0);
    List<Column> columns =
        new ArrayList<>(
            List.of(
                column("k_int2", "int2"),
                column("k_int8", "int8"),
                column("k_text", "text"),
                column("k_uuid", "uuid"),
                column("k_date", "date"),
                column("k_ts", "timestamp"),
                column("k_tz", "timestamptz"),
                column("k_bool", "bool"),
                column("k_bytea", "bytea"),
                number));
    List<String> key = columns.stream().map(Column::name).toList();
    columns.add(column("said", "text"));
    try (SearchBed all = new SearchBed(key, columns.toArray(Column[]::new))) {
      Object[] row = {
        -7,
        Long.MIN_VALUE,
        "it's a \\key\t\"`\u4e16",
        UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"),
        (int) LocalDate.of(1999, 12, 31).toEpochDay(),
        -1_234_567L,
        1_700_000_000_123_456L,
        true,
        new byte[] {0, -1, 39, 92},
        new BigDecimal("-12.30"),
        "Waterproof boots"
      };
      all.apply(all.create(row));
      assertThat(all.found("said", "boots", null)).containsExactly("Waterproof boots");
      all.apply(all.delete(row));
      assertThat(all.found("said", "boots", null)).isEmpty();
    }
  }

  @Test
  void aTableWhoseColumnsChangeIsSearchedOn() {
    TableSchema wider =
        new TableSchema(
            bed.schema().schema(),
            "goods",
            List.of(column("id", "int8"), column("text", "text"), column("colour", "text")),
            List.of("id"),
            1,
            2);
    bed.apply(wider, bed.update(2L, "White canvas shoes for every day in town", "grey"));
    assertThat(bed.found("id", "canvas", null)).startsWith("2");
    assertThat(bed.found("colour", "grey", null)).startsWith("grey");
  }

  @Test
  void whatIsAskedWronglyIsRefused() throws Exception {
    assertThatThrownBy(() -> bed.search("x", "price < 100; DROP TABLE " + bed.table(), 5))
        .isInstanceOf(SearchRefusedException.class);
    assertThatThrownBy(() -> bed.search("x", "secret = 1", 5))
        .isInstanceOf(SearchRefusedException.class)
        .hasMessageContaining("no column of the table");
    assertThatThrownBy(() -> bed.search(" ", null, 5)).isInstanceOf(SearchRefusedException.class);
    assertThatThrownBy(() -> bed.search("x", null, 0)).isInstanceOf(SearchRefusedException.class);
    assertThat(bed.ask("SELECT count() FROM %s_current".formatted(bed.table()))).isEqualTo("6");
  }

  @Test
  void aSearchForSqlFindsTexts() {
    for (String evil :
        List.of("'); DROP TABLE x; --", "\\'", "{w0:String}", "' OR 1 = 1", "\u0000\n\t\\N")) {
      assertThat(bed.search(evil, "text != '%s'".formatted(evil.replace("'", "''")), 5).hits())
          .isNotNull();
    }
  }

  /** Bound as they are, whatever is in them. */
  @Test
  void parametersArriveAsTheyAre() throws Exception {
    long seed = 20_261_123L;
    Random random = new Random(seed);
    String signs = "a'\"\\`{}:;-\t\n\r\u0000%\u00e9\u4e16\b\f&=+?#N";
    for (int i = 0; i < 200; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(12); n > 0; n--) {
        text.append(signs.charAt(random.nextInt(signs.length())));
      }
      String hex = HexFormat.of().formatHex(text.toString().getBytes(StandardCharsets.UTF_8));
      assertThat(bed.ask("SELECT lower(hex({p:String}))", Map.of("p", text.toString())))
          .as("seed %d, text %d", seed, i)
          .isEqualTo(hex);
    }
  }
}
