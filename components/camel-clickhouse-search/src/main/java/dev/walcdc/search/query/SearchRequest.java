package dev.walcdc.search.query;

/**
 * What is searched.
 *
 * @param text what the rows should be about, in the asker's own words; not blank
 * @param table {@code schema.table} as at the source, or the table alone; null for the only one
 * @param where a condition that the rows must meet, see {@link ConditionParser}; null for none
 * @param limit how many rows at most, 1 to {@link #MOST}
 */
public record SearchRequest(String text, String table, String where, int limit) {

  /** How many rows are given at most. */
  public static final int MOST = 100;

  /** How many rows are given unless the request says so. */
  public static final int USUAL = 10;

  private static final int LONGEST_TEXT = 2_000;

  public SearchRequest {
    if (text == null || text.isBlank()) {
      throw new SearchRefusedException("`q` is missing: say what to search for.");
    }
    if (text.length() > LONGEST_TEXT) {
      throw new SearchRefusedException(
          "`q` has %d characters, and %d at most are searched for."
              .formatted(text.length(), LONGEST_TEXT));
    }
    if (limit < 1 || limit > MOST) {
      throw new SearchRefusedException(
          "`k` is %d; it is how many rows to give, 1 to %d.".formatted(limit, MOST));
    }
    table = table == null || table.isBlank() ? null : table;
    where = where == null || where.isBlank() ? null : where;
  }
}
