package dev.walcdc.iceberg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotParser;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.TableMetadata;

/**
 * Metadata of a table that takes over what another table holds. The other one's snapshot becomes
 * the next one of this table, with the same manifests, under the other one's columns and their
 * numbers, which are those that its files were written with. (A number may have meant another
 * column before; a past snapshot is read by the schema that it names, so that does not matter.) No
 * file is written or read. Its sequence number is this table's next: those of its files are lower,
 * and keep the order that they have among each other.
 *
 * @see <a href="https://iceberg.apache.org/spec/#snapshots">Snapshots in Iceberg's specification,
 *     whose JSON is used here</a>
 */
final class TableReplacement {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private TableReplacement() {}

  /**
   * What is to be committed on top of {@code base}.
   *
   * @param made the other table, which has a snapshot
   * @param position how far it has come
   * @param properties what to set besides the other table's own properties
   */
  static TableMetadata of(
      TableMetadata base, TableMetadata made, Positions position, Map<String, String> properties) {
    Schema schema = made.schema();
    int lastColumn = Math.max(base.lastColumnId(), made.lastColumnId());
    int schemaId =
        TableMetadata.buildFrom(base)
            .setCurrentSchema(schema, lastColumn)
            .build()
            .currentSchemaId();
    Map<String, String> all = new HashMap<>(made.properties());
    all.remove(LakeTables.FOUNDED);
    all.putAll(properties);
    all.put(PositionHistory.LAST_COMMIT, PositionHistory.copyOf(position, base));
    return TableMetadata.buildFrom(base)
        .setCurrentSchema(schema, lastColumn)
        .setBranchSnapshot(
            snapshot(made.currentSnapshot(), base, schemaId, position), SnapshotRef.MAIN_BRANCH)
        .setProperties(all)
        .build();
  }

  private static Snapshot snapshot(
      Snapshot made, TableMetadata base, int schemaId, Positions position) {
    try {
      ObjectNode json = (ObjectNode) JSON.readTree(SnapshotParser.toJson(made));
      json.remove("parent-snapshot-id");
      if (base.currentSnapshot() != null) {
        json.put("parent-snapshot-id", base.currentSnapshot().snapshotId());
      }
      json.put("sequence-number", Math.max(base.nextSequenceNumber(), made.sequenceNumber()));
      json.put("timestamp-ms", Math.max(System.currentTimeMillis(), base.lastUpdatedMillis()));
      json.put("schema-id", schemaId);
      // The newest may be of a maintenance of the other table, which does not say its position.
      position.toSummary().forEach(json.withObject("/summary")::put);
      return SnapshotParser.fromJson(json.toString());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Iceberg wrote a snapshot that is no JSON", e);
    }
  }
}
