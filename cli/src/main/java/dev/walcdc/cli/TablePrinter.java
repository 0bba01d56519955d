package dev.walcdc.cli;

import java.io.PrintWriter;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Prints rows as a table for people. The columns are as wide as their widest cell in the first
 * thousand rows; a wider one later is printed whole, out of line.
 */
final class TablePrinter implements ResultPrinter {

  private static final int MEASURED_ROWS = 1000;
  private static final String NULL = "NULL";
  private static final Set<Integer> NUMBERS =
      Set.of(
          Types.TINYINT,
          Types.SMALLINT,
          Types.INTEGER,
          Types.BIGINT,
          Types.REAL,
          Types.DOUBLE,
          Types.DECIMAL);

  private final PrintWriter out;

  TablePrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void print(ResultSet rows) throws SQLException {
    ResultSetMetaData about = rows.getMetaData();
    List<String> heading = new ArrayList<>();
    for (int i = 1; i <= about.getColumnCount(); i++) {
      heading.add(about.getColumnLabel(i));
    }
    List<List<String>> measured = new ArrayList<>();
    measured.add(heading);
    while (measured.size() <= MEASURED_ROWS && rows.next()) {
      measured.add(cells(rows, heading.size()));
    }
    int[] widths = new int[heading.size()];
    boolean[] right = new boolean[heading.size()];
    for (int i = 0; i < widths.length; i++) {
      int column = i;
      widths[i] = measured.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
      right[i] = NUMBERS.contains(about.getColumnType(i + 1));
    }
    long count = measured.size() - 1;
    measured.forEach(row -> out.println(line(row, widths, right)));
    while (rows.next()) {
      out.println(line(cells(rows, widths.length), widths, right));
      count++;
    }
    out.printf("%n%s%n", count == 1 ? "1 row." : count + " rows.");
  }

  private static List<String> cells(ResultSet rows, int columns) throws SQLException {
    List<String> cells = new ArrayList<>();
    for (int i = 1; i <= columns; i++) {
      String cell = rows.getString(i);
      cells.add(cell == null ? NULL : cell.replace('\n', ' '));
    }
    return cells;
  }

  private static String line(List<String> cells, int[] widths, boolean[] right) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = cells.get(i);
      String space = " ".repeat(Math.max(0, widths[i] - cell.length()));
      line.append(i == 0 ? "" : "  ");
      line.append(right[i] ? space + cell : cell + space);
    }
    return line.toString().stripTrailing();
  }
}
