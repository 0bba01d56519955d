package dev.walcdc.cli;

import java.io.PrintWriter;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Prints rows as RFC 4180 says; NULL is an empty field, an empty text is {@code ""}. */
final class CsvPrinter implements ResultPrinter {

  private final PrintWriter out;

  CsvPrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void print(ResultSet rows) throws SQLException {
    int columns = rows.getMetaData().getColumnCount();
    for (int i = 1; i <= columns; i++) {
      field(i, rows.getMetaData().getColumnLabel(i));
    }
    out.print("\r\n");
    while (rows.next()) {
      for (int i = 1; i <= columns; i++) {
        field(i, rows.getString(i));
      }
      out.print("\r\n");
    }
  }

  private void field(int column, String text) {
    out.print(column == 1 ? "" : ",");
    if (text == null) {
      return;
    }
    boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> ",\"\r\n".indexOf(c) >= 0);
    out.print(plain ? text : "\"" + text.replace("\"", "\"\"") + "\"");
  }
}
