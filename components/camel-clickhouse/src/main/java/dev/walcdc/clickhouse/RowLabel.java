package dev.walcdc.clickhouse;

import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.schema.TableSchema;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;

/** How messages name a row: by its key, and where there is none by its place in the WAL. */
final class RowLabel {

  private static final int LONGEST = 64;

  private RowLabel() {}

  static String of(RowChange change, TableSchema schema) {
    if (schema.hasKey()) {
      return Arrays.stream(schema.keyIndexes())
          .mapToObj(i -> schema.columns().get(i).name() + "=" + shown(change.row()[i]))
          .collect(Collectors.joining(", ", "key (", ")"));
    }
    Version version = change.version();
    return "epoch %d, LSN %X, ordinal %d"
        .formatted(version.epoch(), version.lsn(), change.point().ordinal());
  }

  private static String shown(Object value) {
    String text =
        value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : String.valueOf(value);
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }
}
