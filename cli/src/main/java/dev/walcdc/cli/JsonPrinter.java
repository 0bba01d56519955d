package dev.walcdc.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Prints a JSON object a row, a row a line. Whole numbers and truth values are what they are in
 * JSON; everything else is text, decimals among them, of which JSON's readers may lose digits.
 */
final class JsonPrinter implements ResultPrinter {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final PrintWriter out;

  JsonPrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void print(ResultSet rows) throws SQLException {
    int columns = rows.getMetaData().getColumnCount();
    while (rows.next()) {
      ObjectNode line = JSON.createObjectNode();
      for (int i = 1; i <= columns; i++) {
        put(line, rows.getMetaData().getColumnLabel(i), rows, i);
      }
      out.println(line);
    }
  }

  private static void put(ObjectNode line, String name, ResultSet rows, int column)
      throws SQLException {
    Object value = rows.getObject(column);
    if (value instanceof Boolean truth) {
      line.put(name, truth);
    } else if (value instanceof Byte
        || value instanceof Short
        || value instanceof Integer
        || value instanceof Long) {
      line.put(name, ((Number) value).longValue());
    } else {
      line.put(name, rows.getString(column));
    }
  }
}
