package dev.walcdc.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.Relation;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TableDescriberTest {

  private static final List<String> NONE = List.of();

  /** Columns a, b and c, of which those are marked. */
  private static Relation relation(char identity, String marked) {
    List<Relation.Attribute> columns = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      columns.add(new Relation.Attribute(name, marked.contains(name), 23, -1));
    }
    return new Relation(1, new TableName("s", "t"), identity, columns);
  }

  private static Definition catalog(boolean deferrable, String... key) {
    return new Definition(1, List.of(), List.of(key), deferrable, Set.of(), Set.of(), "", "");
  }

  private static List<String> key(Relation relation, Definition present, List<String> last) {
    return TableDescriber.key(relation, present, last);
  }

  @Test
  void byDefaultTheStreamMarksTheKeyAndTheCatalogHasItsOrder() {
    assertThat(key(relation('d', "ab"), catalog(false, "b", "a"), NONE)).containsExactly("b", "a");
    assertThat(key(relation('d', "ab"), catalog(false, "c"), List.of("b", "a")))
        .containsExactly("b", "a");
    assertThat(key(relation('d', "ab"), null, NONE)).containsExactly("a", "b");
  }

  @Test
  void aKeyThatIsNotMarkedIsNoneYetOrNoneAnyMore() {
    assertThat(key(relation('d', ""), catalog(false, "a"), NONE)).isEmpty();
    assertThat(key(relation('d', ""), catalog(false), List.of("a"))).isEmpty();
  }

  @Test
  void aDeferrableKeyIsNeverMarked() {
    assertThat(key(relation('d', ""), catalog(true, "b"), NONE)).containsExactly("b");
    assertThat(key(relation('d', ""), null, List.of("b"))).containsExactly("b");
  }

  @Test
  void underAnIndexOrInFullTheCatalogOrThePastKnowTheKey() {
    assertThat(key(relation('i', "ab"), catalog(false, "a"), NONE)).containsExactly("a");
    assertThat(key(relation('i', "ab"), catalog(false, "c"), List.of("b"))).containsExactly("b");
    assertThat(key(relation('i', "ab"), catalog(false), NONE)).isEmpty();
    assertThat(key(relation('i', "ab"), null, NONE)).containsExactly("a", "b");
    assertThat(key(relation('f', "abc"), catalog(false, "a"), NONE)).containsExactly("a");
    assertThat(key(relation('f', "abc"), catalog(false, "x"), List.of("b"))).containsExactly("b");
    assertThat(key(relation('f', "abc"), null, NONE)).isEmpty();
    assertThat(key(relation('n', ""), catalog(false, "a"), NONE)).containsExactly("a");
  }
}
