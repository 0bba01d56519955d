package dev.walcdc.capture.resync;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.capture.source.SourceCatalog.TableName;

/**
 * Body of the signals {@link Signal#RESYNC} and {@link Signal#CANCEL}.
 *
 * @param schema schema of the table, unquoted
 * @param table the table, unquoted
 * @param where which of its rows, as a {@link dev.walcdc.change.KeyCondition}; null for all
 * @param reason why, for people; may be null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ResyncRequest(String schema, String table, String where, String reason) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The table that it is about. */
  @JsonIgnore
  public TableName name() {
    return new TableName(schema, table);
  }

  /** As the body of a signal. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A request of strings can be written as JSON", e);
    }
  }

  /**
   * Reads what {@link #toJson()} wrote.
   *
   * @throws IllegalArgumentException if it is not that, or names no table
   */
  public static ResyncRequest fromJson(String json) {
    try {
      ResyncRequest request = JSON.readValue(json, ResyncRequest.class);
      if (request == null || request.schema == null || request.table == null) {
        throw new IllegalArgumentException("It names no schema and table: " + json);
      }
      return request;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Not a request for a resync: " + json, e);
    }
  }
}
