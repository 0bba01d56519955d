package dev.walcdc.cli;

import java.sql.ResultSet;
import java.sql.SQLException;

/** Prints the answer to a query, whatever its size, in bounded memory. */
interface ResultPrinter {

  /**
   * Prints all rows.
   *
   * @param rows before the first row; not closed here
   */
  void print(ResultSet rows) throws SQLException;
}
