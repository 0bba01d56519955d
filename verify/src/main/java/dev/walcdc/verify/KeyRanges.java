package dev.walcdc.verify;

import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.KeyCondition.Comparison;
import dev.walcdc.change.KeyCondition.Operator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Conditions that cover given keys, for what is to be read again: a few ranges of the key's first
 * column. They may cover other rows as well, whose reading does no harm. Pure.
 */
final class KeyRanges {

  /** So many conditions at most. */
  static final int MOST = 8;

  /** Types whose text is what is compared. */
  private static final Set<String> PLAIN_TEXT = Set.of("text", "varchar");

  private KeyRanges() {}

  /**
   * Covers keys.
   *
   * @param keys at least one
   * @return one condition that means every row where the column cannot be compared alike everywhere
   */
  static List<KeyCondition> covering(TablePlan plan, Collection<RowKey> keys) {
    ComparedColumn column = plan.columns().get(0);
    List<String> values =
        keys.stream().map(key -> key.values(plan.keyColumns())[0]).distinct().toList();
    return switch (column.carrier()) {
      case INT16, INT32, INT64 -> ranges(column.name(), sorted(values, KeyRanges::compareNumbers));
      case UUID ->
          values.size() > MOST
              ? List.of(KeyCondition.ALL)
              : values.stream().map(value -> range(column.name(), value, value)).toList();
      case TEXT ->
          PLAIN_TEXT.contains(column.column().type().name())
              ? ranges(column.name(), sorted(values, KeyRanges::compareBytes))
              : List.of(KeyCondition.ALL);
      default -> List.of(KeyCondition.ALL);
    };
  }

  private static List<String> sorted(List<String> values, Comparator<String> order) {
    return values.stream().sorted(order).toList();
  }

  private static int compareNumbers(String a, String b) {
    return Long.compare(Long.parseLong(a), Long.parseLong(b));
  }

  private static int compareBytes(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  /** Cuts where the gaps are widest; of text nobody knows how wide they are. */
  private static List<KeyCondition> ranges(String column, List<String> values) {
    PriorityQueue<Integer> cuts =
        new PriorityQueue<>(Comparator.comparingDouble(i -> gap(values, i)));
    for (int i = 1; i < values.size(); i++) {
      cuts.add(i);
      if (cuts.size() == MOST) {
        cuts.remove();
      }
    }
    List<Integer> ends = new ArrayList<>(cuts);
    ends.add(values.size());
    ends.sort(null);
    List<KeyCondition> ranges = new ArrayList<>();
    int start = 0;
    for (int end : ends) {
      ranges.add(range(column, values.get(start), values.get(end - 1)));
      start = end;
    }
    return ranges;
  }

  private static double gap(List<String> values, int before) {
    try {
      return Double.parseDouble(values.get(before)) - Double.parseDouble(values.get(before - 1));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static KeyCondition range(String column, String first, String last) {
    return new KeyCondition(
        first.equals(last)
            ? List.of(new Comparison(column, Operator.EQUAL, first))
            : List.of(
                new Comparison(column, Operator.GREATER_OR_EQUAL, first),
                new Comparison(column, Operator.LESS_OR_EQUAL, last)));
  }
}
