package dev.walcdc.search;

import org.apache.camel.spi.Metadata;

/** Headers of a message that searches: named as the parameters of a request over HTTP. */
public final class ClickHouseSearchConstants {

  /** What to search for. */
  @Metadata(
      description = "What the rows should be about, in the asker's words.",
      javaType = "String")
  public static final String TEXT = "q";

  /** Which table. */
  @Metadata(
      description =
          "The table, as schema.table at the source or the table's name alone. May be left out"
              + " where only one can be searched.",
      javaType = "String")
  public static final String TABLE = "table";

  /** Which rows. */
  @Metadata(
      description =
          "A condition that the rows must meet, such as price < 100 AND colour IN ('red', 'blue').",
      javaType = "String")
  public static final String WHERE = "where";

  /** How many rows. */
  @Metadata(description = "How many rows to give at most, 1 to 100.", javaType = "Integer")
  public static final String LIMIT = "k";

  private ClickHouseSearchConstants() {}
}
