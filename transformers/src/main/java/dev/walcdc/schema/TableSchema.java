package dev.walcdc.schema;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What a captured table looked like when a change was made: the content of one record on the {@code
 * <prefix>.schemas} topic. Immutable and safe to share between threads.
 *
 * @param schema PostgreSQL schema, e.g. {@code app}
 * @param table table, e.g. {@code users}
 * @param columns columns in the order in which a row's values are held
 * @param key names of the primary key's columns in key order; empty for a table without one
 * @param epoch the epoch in which the changes were captured, 1 to 65,535
 * @param sequence rises by one each time this table's definition changes; a sink never applies a
 *     lower one over a higher one
 * @param origin where in the source's history the definition was met; null where not known
 */
public record TableSchema(
    String schema,
    String table,
    List<Column> columns,
    List<String> key,
    int epoch,
    long sequence,
    @JsonInclude(JsonInclude.Include.NON_NULL) Origin origin) {

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY).build();

  private static final int FINGERPRINT_BYTES = 8;

  public TableSchema {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
    for (String name : key) {
      if (columns.stream().noneMatch(c -> c.name().equals(name))) {
        throw new IllegalArgumentException(
            "Key column `%s` of table `%s.%s` is not among its columns"
                .formatted(name, schema, table));
      }
    }
  }

  /** A schema of which it is not known where it was met. */
  public TableSchema(
      String schema,
      String table,
      List<Column> columns,
      List<String> key,
      int epoch,
      long sequence) {
    this(schema, table, columns, key, epoch, sequence, null);
  }

  /**
   * Where a definition was met: what capture needs to know a change again when it comes again, and
   * to notice what PostgreSQL does to rows without streaming them. A sink has no use for it.
   *
   * @param sinceLsn LSN of the first change that was written under it; 0 for a snapshot. A change
   *     of columns locks the table, so that every earlier change has a lower LSN
   * @param oid {@code pg_class.oid} of the table; 0 where not known
   * @param files digest of the table's file nodes, which change when its rows are written anew;
   *     empty where not known
   * @param attributes digest of which transactions wrote the columns' rows in the catalog; empty
   *     where not known
   */
  public record Origin(long sinceLsn, long oid, String files, String attributes) {}

  /** Schema and table with a dot between, for messages and routing; not quoted. */
  public String qualifiedName() {
    return schema + "." + table;
  }

  /** Whether rows have an identity of their own. Without one a sink can only append. */
  public boolean hasKey() {
    return !key.isEmpty();
  }

  /** Positions of the key's columns in {@link #columns}, in key order. A new array each time. */
  public int[] keyIndexes() {
    return key.stream().mapToInt(indexes()::get).toArray();
  }

  /** Position of each column by its name. A new map each time: keep it outside of loops. */
  public Map<String, Integer> indexes() {
    Map<String, Integer> indexes = new HashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      indexes.put(columns.get(i).name(), i);
    }
    return indexes;
  }

  /** Whether the two describe the same table shape, whatever their epoch, sequence and origin. */
  public boolean sameShape(TableSchema other) {
    return schema.equals(other.schema)
        && table.equals(other.table)
        && columns.equals(other.columns)
        && key.equals(other.key);
  }

  /**
   * Short name of this schema: 16 hexadecimal digits of the SHA-256 of {@link #toJson()}. Equal for
   * equal schemas, on every machine.
   */
  public String fingerprint() {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(toJson());
      return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256", e);
    }
  }

  /** This schema as UTF-8 JSON with its properties in a fixed order. */
  public byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A schema of strings and numbers can be written as JSON", e);
    }
  }

  /**
   * Reads what {@link #toJson()} wrote.
   *
   * @throws IllegalArgumentException if it is not that
   */
  public static TableSchema fromJson(byte[] json) {
    try {
      TableSchema schema = JSON.readValue(json, TableSchema.class);
      if (schema == null) {
        throw new IllegalArgumentException("Not a table schema: null");
      }
      return schema;
    } catch (IOException e) {
      throw new IllegalArgumentException("Not a table schema: " + e.getMessage(), e);
    }
  }
}
