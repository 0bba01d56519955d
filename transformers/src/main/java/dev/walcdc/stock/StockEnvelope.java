package dev.walcdc.stock;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One record's value, looked over: where its schema is, which table it is about, which columns its
 * row has.
 *
 * @param inline its schema's bytes; null where it is plain JSON
 * @param rowColumns names of the columns of its row; empty where it carries none
 * @param schema {@code source.schema}; null where it does not say
 * @param table {@code source.table}
 * @param lsn {@code source.lsn}; 0 where it does not say
 */
record StockEnvelope(
    ByteBuffer inline, List<String> rowColumns, String schema, String table, long lsn) {

  static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private static final ObjectMapper MAPPER = new ObjectMapper(JSON);

  /** What was found so far. */
  private static final class Found {
    private ByteBuffer inline;
    private boolean payload;
    private boolean op;
    private List<String> columns = List.of();
    private String schema;
    private String table;
    private long lsn;
  }

  /**
   * Looks a value over.
   *
   * @throws IOException if it is no envelope
   */
  static StockEnvelope of(byte[] value) throws IOException {
    Found found = new Found();
    try (JsonParser json = JSON.createParser(value)) {
      requireObject(json.nextToken());
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        JsonToken token = json.nextToken();
        if (name.equals("schema") && token == JsonToken.START_OBJECT) {
          int start = (int) json.currentTokenLocation().getByteOffset();
          json.skipChildren();
          int end = (int) json.currentLocation().getByteOffset();
          found.inline = ByteBuffer.wrap(value, start, end - start);
        } else if (name.equals("payload") && token == JsonToken.START_OBJECT) {
          found.payload = true;
          for (String own = json.nextFieldName(); own != null; own = json.nextFieldName()) {
            json.nextToken();
            look(own, json, found);
          }
        } else {
          look(name, json, found);
        }
      }
    }
    if (!found.op) {
      throw new IOException(
          "it is no envelope of Debezium, for it has no `op` (ExtractNewRecordState must be off)");
    }
    return new StockEnvelope(
        found.payload ? found.inline : null, found.columns, found.schema, found.table, found.lsn);
  }

  private static void look(String name, JsonParser json, Found found) throws IOException {
    switch (name) {
      case "before", "after" -> {
        List<String> columns = namesOf(json);
        found.columns = columns.isEmpty() ? found.columns : columns;
      }
      case "source" -> lookAtSource(json, found);
      case "op" -> found.op = true;
      default -> json.skipChildren();
    }
  }

  private static void lookAtSource(JsonParser json, Found found) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      return;
    }
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      JsonToken token = json.nextToken();
      switch (name) {
        case "schema" -> found.schema = token == JsonToken.VALUE_STRING ? json.getText() : null;
        case "table" -> found.table = token == JsonToken.VALUE_STRING ? json.getText() : null;
        case "lsn" -> found.lsn = token == JsonToken.VALUE_NUMBER_INT ? json.getLongValue() : 0;
        default -> json.skipChildren();
      }
    }
  }

  /** Leaves the parser at the end of the object. */
  private static List<String> namesOf(JsonParser json) throws IOException {
    List<String> names = new ArrayList<>();
    if (json.currentToken() == JsonToken.START_OBJECT) {
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        names.add(name);
        json.nextToken();
        json.skipChildren();
      }
    } else {
      json.skipChildren();
    }
    return names;
  }

  /** The names of a record's key, which is an object or one in an inline schema's payload. */
  static List<String> keyColumns(byte[] key) throws IOException {
    if (key == null) {
      return List.of();
    }
    JsonNode node = MAPPER.readTree(key);
    JsonNode payload = node.has("schema") && node.has("payload") ? node.path("payload") : node;
    List<String> names = new ArrayList<>();
    payload.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** The layout that an inline schema describes. */
  static StockLayout layout(ByteBuffer inline, List<String> key) throws IOException {
    JsonNode envelope =
        MAPPER.readTree(
            inline.array(), inline.arrayOffset() + inline.position(), inline.remaining());
    for (JsonNode field : envelope.path("fields")) {
      if (field.path("field").asText().equals("after")) {
        return StockLayout.typed(field, key);
      }
    }
    throw new IOException("its schema describes no `after`");
  }

  /** The value as capture would have written it. */
  static byte[] turned(byte[] value, StockLayout layout) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(value.length);
    try (JsonParser json = JSON.createParser(value);
        JsonGenerator generator = JSON.createGenerator(out)) {
      requireObject(json.nextToken());
      generator.writeStartObject();
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        JsonToken token = json.nextToken();
        if (name.equals("payload") && token == JsonToken.START_OBJECT) {
          for (String own = json.nextFieldName(); own != null; own = json.nextFieldName()) {
            json.nextToken();
            copy(own, json, generator, layout);
          }
        } else {
          copy(name, json, generator, layout);
        }
      }
      generator.writeEndObject();
      if (json.nextToken() != null) {
        throw new IOException("more follows after its end");
      }
    }
    return out.toByteArray();
  }

  private static void copy(
      String name, JsonParser json, JsonGenerator generator, StockLayout layout)
      throws IOException {
    switch (name) {
      case "before", "after" -> {
        generator.writeFieldName(name);
        layout.turnRow(json, generator);
      }
      case "source", "op" -> {
        generator.writeFieldName(name);
        generator.copyCurrentStructureExact(json);
      }
      default -> json.skipChildren();
    }
  }

  private static void requireObject(JsonToken token) throws IOException {
    if (token != JsonToken.START_OBJECT) {
      throw new IOException("it is not a JSON object");
    }
  }
}
