package dev.walcdc.iceberg;

import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;

/** What becomes of a commit that reaches the catalog. */
@FunctionalInterface
interface Fault {

  Fault NONE = TableOperations::commit;

  void commit(TableOperations catalog, TableMetadata base, TableMetadata metadata);

  /** Misbehaves once, then no more. */
  static Fault once(Fault fault) {
    int[] calls = {0};
    return (catalog, base, metadata) -> {
      if (calls[0]++ == 0) {
        fault.commit(catalog, base, metadata);
      } else {
        catalog.commit(base, metadata);
      }
    };
  }

  /** The commit arrives, its answer says something else. */
  static Fault commitsAndThrows(RuntimeException answer) {
    return (catalog, base, metadata) -> {
      catalog.commit(base, metadata);
      throw answer;
    };
  }

  /** The commit does not arrive. */
  static Fault throwsOnly(RuntimeException answer) {
    return (catalog, base, metadata) -> {
      throw answer;
    };
  }
}
