package dev.walcdc.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Version;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;

/**
 * Tells of records, by key and version alone, whether an erasure outranks what they carried. Safe
 * to share.
 */
public final class ErasedKeys {

  private static final JsonFactory JSON = new JsonFactory();

  private final TableSchema schema;
  private final Erasure erasure;
  private final Erasure.Scope scope;

  /**
   * @param schema the table as it was when it was erased
   * @param erasure of it
   */
  public ErasedKeys(TableSchema schema, Erasure erasure) {
    this.schema = schema;
    this.erasure = erasure;
    this.scope = erasure.over(schema);
  }

  /**
   * Whether the erasure outranks a change.
   *
   * @param key the record's key; null for a table without one
   * @return false also where the key is not one of the schema: nobody can tell then
   */
  public boolean cover(byte[] key, Version version) {
    if (erasure.where().isAll()) {
      return version.compareTo(erasure.below()) < 0;
    }
    try {
      return key != null && scope.covers(version, row(key));
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /** A row of which only the key is known. */
  private Object[] row(byte[] key) throws IOException {
    Object[] row = new Object[schema.columns().size()];
    try (JsonParser json = JSON.createParser(key)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new EnvelopeException("it is not a JSON object");
      }
      for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
        json.nextToken();
        Integer index = schema.indexes().get(field);
        if (index == null) {
          throw new EnvelopeException("its column `%s` is not in the schema".formatted(field));
        }
        row[index] = ValueDecoder.of(schema.columns().get(index)).decode(json);
      }
    }
    return row;
  }
}
