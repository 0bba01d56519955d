package dev.walcdc.schema;

import java.util.Objects;

/**
 * One column of a captured table.
 *
 * @param name the column's name as PostgreSQL has it, unquoted; never null
 * @param type its type; never null
 * @param nullable whether NULL is a possible value
 * @param attnum {@code pg_attribute.attnum}, which survives a rename; {@code 0} where it is not
 *     known, and then a rename looks like a drop and an add
 */
public record Column(String name, PostgresType type, boolean nullable, int attnum) {

  public Column {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
  }

  /** The Java form of this column's values. */
  public Carrier carrier() {
    return type.carrier();
  }
}
