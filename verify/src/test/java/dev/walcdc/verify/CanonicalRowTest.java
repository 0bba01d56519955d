package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class CanonicalRowTest {

  private static CanonicalRow row(String... values) {
    CanonicalRow row = new CanonicalRow(values.length);
    fill(row, values);
    return row;
  }

  private static void fill(CanonicalRow row, String... values) {
    row.clear();
    Arrays.stream(values).forEach(row::add);
  }

  @Test
  void nullIsNotTheEmptyText() {
    assertThat(row("a", null).hash()).isNotEqualTo(row("a", "").hash());
    assertThat(row("a", null).columnHashes()[1]).isNotEqualTo(row("a", "").columnHashes()[1]);
    assertThat(row("a", null).text(1, 10)).isNull();
    assertThat(row("a", "").text(1, 10)).isEmpty();
  }

  @Test
  void valuesKeepTheirBorders() {
    assertThat(row("ab", "c").hash()).isNotEqualTo(row("a", "bc").hash());
    assertThat(row(null, "").hash()).isNotEqualTo(row("", null).hash());
  }

  @Test
  void theKeyIsWhatComesFirst() {
    CanonicalRow row = row("k", "é", "x");
    assertThat(row.keyHash(2)).isEqualTo(row("k", "é", "y").keyHash(2));
    assertThat(row.keyHash(2)).isNotEqualTo(row("k", "e", "x").keyHash(2));
    RowKey key = row.key(2);
    assertThat(key.values(2)).containsExactly("k", "é");
    assertThat(key.hash()).isEqualTo(row.keyHash(2));
    assertThat(key).isEqualTo(row("k", "é").key(2)).isNotEqualTo(row("k", "e").key(2));
  }

  @Test
  void longTextIsShortenedForReports() {
    assertThat(row("x".repeat(50)).text(0, 10)).isEqualTo("x".repeat(10) + "... (50 bytes)");
  }

  @Test
  void bytesAreTheSameAsText() {
    CanonicalRow row = new CanonicalRow(2);
    row.add(ByteBuffer.wrap(new byte[] {'-', 'a', 'b', 'c', '-'}).position(1), 3);
    row.addNull();
    assertThat(row.hash()).isEqualTo(row("abc", null).hash());
  }

  /** NULL, empty, short and longer than the first buffer. */
  @Provide
  Arbitrary<List<String>> rows() {
    Arbitrary<String> text = Arbitraries.strings().withCharRange(' ', 'ÿ').ofMaxLength(400);
    return text.injectNull(0.2).list().ofSize(5);
  }

  @Property(tries = 300)
  void aRowThatIsFilledAgainForgetsTheOneBefore(
      @ForAll("rows") List<String> first, @ForAll("rows") List<String> then) {
    CanonicalRow used = new CanonicalRow(5);
    fill(used, first.toArray(String[]::new));
    fill(used, then.toArray(String[]::new));
    CanonicalRow fresh = row(then.toArray(String[]::new));
    assertThat(used.hash()).isEqualTo(fresh.hash());
    assertThat(used.columnHashes()).isEqualTo(fresh.columnHashes());
    assertThat(used.hash() == row(first.toArray(String[]::new)).hash())
        .isEqualTo(first.equals(then));
  }
}
