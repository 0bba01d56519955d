package dev.walcdc.iceberg;

import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.inmemory.InMemoryFileIO;

/** The files that in-memory catalogs keep, which Iceberg does not list. */
final class InMemoryFiles {

  private InMemoryFiles() {}

  @SuppressWarnings("unchecked")
  static Set<String> all() {
    try {
      Field files = InMemoryFileIO.class.getDeclaredField("IN_MEMORY_FILES");
      files.setAccessible(true);
      return new HashSet<>(((Map<String, byte[]>) files.get(null)).keySet());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** Data and delete files that came since. */
  static Set<String> data(Set<String> before) {
    return all().stream()
        .filter(file -> file.endsWith(".parquet") && !before.contains(file))
        .collect(Collectors.toSet());
  }
}
