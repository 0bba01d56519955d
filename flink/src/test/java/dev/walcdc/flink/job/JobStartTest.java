package dev.walcdc.flink.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.flink.lake.LakeTable;
import dev.walcdc.flink.lake.OtherWriterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.inmemory.InMemoryCatalog;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a job begins, and when it does not. */
class JobStartTest {

  private static final TableIdentifier USERS = TableIdentifier.of("lake", "users");

  @TempDir private Path folder;

  private final InMemoryCatalog catalog = new InMemoryCatalog();
  private Table table;

  @BeforeEach
  void make() {
    catalog.initialize("lake", Map.of());
    catalog.createNamespace(USERS.namespace());
    table =
        catalog
            .buildTable(
                USERS, new Schema(Types.NestedField.required(1, "id", Types.LongType.get())))
            .withProperty("walcdc.writer", "flink-sql")
            .create();
  }

  @Test
  void aNewTableBeginsFromNothing() {
    assertThat(decide()).isEmpty();
  }

  @Test
  void aJobGoesOnFromItsNewestCheckpointThatIsComplete() throws IOException {
    checkpoint("run1/chk-9", true);
    checkpoint("run2/chk-10", true);
    checkpoint("run2/chk-11", false);
    commit(10);
    catalog.loadTable(USERS).newFastAppend().appendFile(file("of-maintenance")).commit();

    assertThat(decide().orElseThrow().number()).isEqualTo(10);
    assertThat(decide().orElseThrow().path()).endsWith("run2/chk-10");
  }

  @Test
  void aTableWithCommitsIsNotBegunWithoutItsState() {
    commit(1);

    assertThatThrownBy(this::decide)
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("holds commits, but there is no checkpoint")
        .hasMessageContaining("flink-sql rebuild app.users");
  }

  @Test
  void aCheckpointOlderThanTheTableIsRefused() throws IOException {
    checkpoint("run1/chk-9", true);
    commit(10);

    assertThatThrownBy(this::decide)
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("holds the rows of checkpoint 10, and the newest in")
        .hasMessageContaining(" is 9.");
  }

  @Test
  void aTableOfAnotherWriterIsRefused() {
    table.updateProperties().set("walcdc.writer", "sink-iceberg").commit();

    assertThatThrownBy(() -> LakeTable.load(catalog, USERS))
        .isInstanceOf(OtherWriterException.class)
        .hasMessageContaining("is written by sink-iceberg, not by flink-sql");
  }

  private Optional<Checkpoint> decide() {
    String place = folder.toUri().toString();
    return JobStart.decide(
        "app.users", LakeTable.load(catalog, USERS), Checkpoint.newest(place), place);
  }

  private void checkpoint(String name, boolean complete) throws IOException {
    Path made = Files.createDirectories(folder.resolve(name));
    if (complete) {
      Files.createFile(made.resolve("_metadata"));
    }
  }

  private void commit(long checkpoint) {
    table
        .newFastAppend()
        .appendFile(file("data-" + checkpoint))
        .set("flink.max-committed-checkpoint-id", Long.toString(checkpoint))
        .commit();
  }

  private static org.apache.iceberg.DataFile file(String name) {
    return DataFiles.builder(PartitionSpec.unpartitioned())
        .withPath(name + ".parquet")
        .withFileSizeInBytes(1)
        .withRecordCount(1)
        .build();
  }
}
