package dev.walcdc.flink.lake;

import org.apache.iceberg.catalog.TableIdentifier;

/** A table that another program writes: two writers would undo each other's rows. */
public final class OtherWriterException extends RuntimeException {

  OtherWriterException(TableIdentifier table, String writer) {
    super(
        ("Table %s is written by %s, not by flink-sql. Have the job write to another namespace"
                + " (FLINK_NAMESPACE), or stop the other writer for good and drop the table")
            .formatted(table, writer == null ? "something that left no name" : writer));
  }
}
