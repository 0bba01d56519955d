package dev.walcdc.capture.debezium;

import io.debezium.snapshot.spi.SnapshotQuery;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads a table in the snapshot as the text that the stream would bring: what each type's output
 * function prints. A cast to text is not the same: it strips a {@code char(n)} of its blanks and
 * adds a mask to an {@code inet}. Made by Debezium.
 */
public final class TextSnapshotQuery implements SnapshotQuery {

  /** By which Debezium finds it. */
  static final String NAME = "walcdc_text";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void configure(Map<String, ?> properties) {}

  /**
   * {@code IS NOT NULL} would be false for a composite value of which one field is NULL.
   *
   * @param table quoted, with its schema
   * @param columns quoted
   */
  @Override
  public Optional<String> snapshotQuery(String table, List<String> columns) {
    return columns.isEmpty()
        ? Optional.empty()
        : Optional.of(
            columns.stream()
                .map(
                    "CASE WHEN %1$s IS DISTINCT FROM NULL THEN pg_catalog.concat(%1$s) END AS %1$s"
                        ::formatted)
                .collect(Collectors.joining(", ", "SELECT ", " FROM " + table)));
  }
}
