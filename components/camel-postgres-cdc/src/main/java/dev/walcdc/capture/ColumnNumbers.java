package dev.walcdc.capture;

import dev.walcdc.capture.StreamedTable.Attribute;
import dev.walcdc.capture.source.Definition;
import dev.walcdc.schema.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * Finds the numbers ({@code pg_attribute.attnum}) of a table's columns at the time of its changes.
 * The stream lists the columns in the order of their numbers, without these; the catalog has the
 * numbers of the present columns, and the schema before has those of that time. Where the three
 * leave a column's number open it is 0.
 */
final class ColumnNumbers {

  private final List<Attribute> streamed;
  private final List<Column> before;
  private final Definition present;
  private final int[] numbers;

  private ColumnNumbers(List<Attribute> streamed, List<Column> before, Definition present) {
    this.streamed = streamed;
    this.before = before;
    this.present = present;
    this.numbers = new int[streamed.size()];
  }

  /**
   * Finds the numbers.
   *
   * @param streamed the columns at the time of the changes
   * @param before those of the table's schema before; empty if there is none
   * @param present what the catalog says; null if the table is gone
   * @return one for each streamed column, in their order
   */
  static int[] of(List<Attribute> streamed, List<Column> before, Definition present) {
    ColumnNumbers columns = new ColumnNumbers(streamed, before, present);
    columns.find();
    return columns.numbers;
  }

  private void find() {
    if (present != null && sameAs(present.columns())) {
      take(present.columns());
    } else if (sameAs(before)) {
      take(before);
    } else {
      byName();
      inGaps();
    }
  }

  private boolean sameAs(List<Column> columns) {
    return streamed.equals(columns.stream().map(c -> new Attribute(c.name(), c.type())).toList());
  }

  private void take(List<Column> columns) {
    Arrays.setAll(numbers, i -> columns.get(i).attnum());
  }

  /** A column of the same name and type is the same; then one of the same name. */
  private void byName() {
    for (int i = 0; i < numbers.length; i++) {
      Attribute column = streamed.get(i);
      int then = number(before, column, false);
      int now = present == null ? 0 : number(present.columns(), column, false);
      int exactlyThen = number(before, column, true);
      int exactlyNow = present == null ? 0 : number(present.columns(), column, true);
      for (int candidate : new int[] {exactlyThen, exactlyNow, then, now}) {
        if (candidate != 0) {
          numbers[i] = candidate;
          break;
        }
      }
    }
    int last = 0;
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] != 0 && numbers[i] <= last) {
        numbers[i] = 0; // Not in order, so that one of the two is not what it seems.
      }
      last = Math.max(last, numbers[i]);
    }
  }

  private static int number(List<Column> columns, Attribute wanted, boolean sameType) {
    return columns.stream()
        .filter(column -> column.name().equals(wanted.name()))
        .filter(column -> !sameType || column.type().equals(wanted.type()))
        .mapToInt(Column::attnum)
        .findFirst()
        .orElse(0);
  }

  /** Columns between two known ones have the numbers between, where only as many are possible. */
  private void inGaps() {
    int start = 0;
    while (start < numbers.length) {
      int end = start;
      while (end < numbers.length && numbers[end] == 0) {
        end++;
      }
      if (end > start) {
        int low = start == 0 ? 0 : numbers[start - 1];
        int high = end == numbers.length ? Integer.MAX_VALUE : numbers[end];
        fill(start, end, low, high);
      }
      start = end + 1;
    }
  }

  private void fill(int start, int end, int low, int high) {
    // What was there before and is there now was there in between.
    List<Integer> throughout = new ArrayList<>();
    for (Column column : before) {
      int number = column.attnum();
      if (low < number && number < high && (present == null || isPresent(number))) {
        throughout.add(number);
      }
    }
    TreeSet<Integer> ever = new TreeSet<>();
    if (present != null) {
      present.columns().forEach(column -> ever.add(column.attnum()));
      ever.addAll(present.dropped());
    }
    List<Integer> possible =
        throughout.size() == end - start
            ? throughout
            : List.copyOf(ever.headSet(high, false).tailSet(low, false));
    if (possible.size() == end - start) {
      for (int i = start; i < end; i++) {
        numbers[i] = possible.get(i - start);
      }
    }
  }

  private boolean isPresent(int number) {
    return present.columns().stream().anyMatch(column -> column.attnum() == number);
  }
}
