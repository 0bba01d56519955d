package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.Version;
import dev.walcdc.verify.ExactModel.Row;
import dev.walcdc.verify.VerifyReport.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random histories: what a sink may hold agrees, everything else is named. */
class ExactComparisonTest {

  private static final int HISTORIES = 1_500;
  private static final long SEED = 20_261_123;

  private static Map<String, Kind> wrong(ExactModel model, Supplier<PlacedRows> sink) {
    MomentRows moment = model.moment();
    WrongRows wrong = new ExactComparison(moment, model.since(moment)).compare(sink).wrong();
    assertThat(wrong.areAllKnown()).isTrue();
    Map<String, Kind> byId = new HashMap<>();
    wrong.byKey().forEach((key, each) -> byId.put(key.values(1)[0], each.kind()));
    return byId;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatASinkMayHoldAgrees(boolean keyed) {
    System.out.println("Seed " + SEED);
    for (int i = 0; i < HISTORIES; i++) {
      ExactModel model = new ExactModel(SEED + i, keyed);
      assertThat(wrong(model, model.pinned())).as("history %d, pinned", i).isEmpty();
      assertThat(wrong(model, model.loose())).as("history %d, loose", i).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rowsThatAreWrongInASinkAreNamed(boolean pinned) {
    System.out.println("Seed " + SEED);
    for (int i = 0; i < HISTORIES; i++) {
      ExactModel model = new ExactModel(SEED + i, true);
      String changed = corrupt(model);
      String extra = Integer.toString(model.keys() + 7);
      assertThat(wrong(model, pinned ? model.pinned() : model.loose()))
          .as("history %d", i)
          .containsOnlyKeys(changed, extra)
          .containsEntry(extra, Kind.EXTRA);
    }
  }

  /** Gives one row a value that no row ever had, and makes another that never was. */
  private static String corrupt(ExactModel model) {
    int changed = model.random.nextInt(model.keys());
    long copies = model.random.nextInt(3) == 0 ? 2 : 1;
    Version version = Version.of(1, model.random.nextInt(2) * 100_000L, 1);
    model.corrupted.put(changed, new Row(changed, "wrong", version, copies));
    int extra = model.keys() + 7;
    model.corrupted.put(extra, new Row(extra, "extra", version, 1));
    return Integer.toString(changed);
  }

  /** A sink that missed what the log brought of one row, and went on with the others. */
  @Test
  void aRowThatStayedAsItWasAtTheMomentIsNamedUnlessThatIsWhatItIs() {
    System.out.println("Seed " + SEED);
    int named = 0;
    for (int i = 0; i < HISTORIES; i++) {
      ExactModel model = new ExactModel(SEED + i, true);
      Row stays = model.atMoment().get(0);
      if (stays == null) {
        model.lost.add(0);
      } else {
        model.corrupted.put(0, stays);
      }
      Supplier<PlacedRows> sink = model.pinned();
      Row right = model.atPlace().get(0);
      boolean same =
          stays == null || right == null ? stays == right : stays.value().equals(right.value());
      Map<String, Kind> found = wrong(model, sink);
      if (same) {
        assertThat(found).as("history %d", i).isEmpty();
      } else {
        assertThat(found).as("history %d", i).containsOnlyKeys("0");
        named++;
      }
    }
    assertThat(named).isGreaterThan(HISTORIES / 10);
  }

  @Test
  void aRowThatASinkHasLostIsNamed() {
    System.out.println("Seed " + SEED);
    int named = 0;
    for (int i = 0; i < HISTORIES; i++) {
      ExactModel model = new ExactModel(SEED + i, true);
      // Nobody changes the last key, nearly.
      int id = model.keys() - 1;
      model.lost.add(id);
      Map<String, Kind> found = wrong(model, model.pinned());
      assertThat(found)
          .as("history %d", i)
          .satisfiesAnyOf(
              f -> assertThat(f).isEmpty(),
              f -> assertThat(f).isEqualTo(Map.of(Integer.toString(id), Kind.MISSING)));
      named += found.size();
    }
    assertThat(named).isGreaterThan(HISTORIES / 3);
  }

  @Test
  void aRowWithoutAKeyThatASinkLostOrMadeIsNamed() {
    System.out.println("Seed " + SEED);
    for (int i = 0; i < HISTORIES; i++) {
      ExactModel model = new ExactModel(SEED + i, false);
      boolean pinned = i % 2 == 0;
      Row ghost = new Row(-1, "ghost", Version.of(1, 0, 3), 1);
      model.corrupted.put(-1, ghost);
      Map<String, Kind> expected = new HashMap<>(Map.of("-1", Kind.EXTRA));
      model.atMoment().keySet().stream()
          .findFirst()
          .ifPresent(
              id -> {
                model.lost.add(id);
                expected.put(Integer.toString(id), Kind.MISSING);
              });
      assertThat(wrong(model, pinned ? model.pinned() : model.loose()))
          .as("history %d", i)
          .isEqualTo(expected);
    }
  }
}
