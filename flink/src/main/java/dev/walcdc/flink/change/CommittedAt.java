package dev.walcdc.flink.change;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * {@code committed_at(envelope)}: when the source committed a change, as its {@code source.ts_ms}
 * says. NULL where there is no envelope, or one that does not say; what is wrong with it {@link
 * ReadChange} tells. It is read apart from the row, because Flink makes watermarks before it calls
 * a table function.
 */
public final class CommittedAt extends ScalarFunction {

  private static final JsonFactory JSON = new JsonFactory();

  /** The time of one envelope. */
  public @DataTypeHint("TIMESTAMP_LTZ(3)") Instant eval(byte[] envelope) {
    if (envelope == null) {
      return null;
    }
    try (JsonParser json = JSON.createParser(envelope)) {
      return json.nextToken() == JsonToken.START_OBJECT
              && enter(json, "source")
              && enter(json, "ts_ms")
          ? Instant.ofEpochMilli(json.getLongValue())
          : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** Goes to the value of a field of the object whose beginning, or field, the parser is at. */
  private static boolean enter(JsonParser json, String field) throws IOException {
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      if (name.equals(field)) {
        return true;
      }
      json.skipChildren();
    }
    return false;
  }
}
