package dev.walcdc.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.walcdc.log.OutgoingRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Makes of a record that is larger than the log takes one that is not: long values outside of the
 * key give way to Debezium's mark for a value that is not known. The row before an update or a
 * deletion goes first, which costs our sinks nothing. If that is not enough, or the row after the
 * change is what is long, the record is marked as a stand-in, for values are missing that may have
 * changed. Other readers of Debezium's envelopes know the mark. A pure function.
 */
public final class StandIn {

  /** So short that a row of PostgreSQL's 1,600 columns fits into the smallest usual limit. */
  private static final int LONGEST_VALUE = 128;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private final Set<String> keep;
  private final Set<String> rows;

  private StandIn(Set<String> keep, Set<String> rows) {
    this.keep = keep;
    this.rows = rows;
  }

  /** What a record takes: its key and its value, in bytes. */
  public static long sizeOf(OutgoingRecord record) {
    return lengthOf(record.key()) + lengthOf(record.value());
  }

  /**
   * The record as the log takes it.
   *
   * @param record an envelope whose size is above the limit
   * @param limit bytes of key and value together
   */
  public static OutgoingRecord of(OutgoingRecord record, long limit) {
    try {
      Set<String> key = record.key() == null ? Set.of() : names(record.key());
      OutgoingRecord shorter =
          record.withValue(new StandIn(key, Set.of("before")).shortened(record.value()), 0);
      return sizeOf(shorter) <= limit
          ? shorter
          : record.withValue(
              new StandIn(key, Set.of("before", "after")).shortened(record.value()),
              sizeOf(record));
    } catch (IOException e) {
      throw new UncheckedIOException("An envelope that capture wrote can be read", e);
    }
  }

  private static long lengthOf(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  private static Set<String> names(byte[] object) throws IOException {
    Set<String> names = new HashSet<>();
    try (JsonParser json = JSON.createParser(object)) {
      json.nextToken();
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        names.add(name);
        json.nextToken();
        json.skipChildren();
      }
    }
    return names;
  }

  private byte[] shortened(byte[] envelope) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonParser json = JSON.createParser(envelope);
        JsonGenerator generator = JSON.createGenerator(out)) {
      json.nextToken();
      generator.writeStartObject();
      for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
        generator.writeFieldName(field);
        if (json.nextToken() == JsonToken.START_OBJECT && rows.contains(field)) {
          copyRow(json, generator);
        } else {
          generator.copyCurrentStructureExact(json);
        }
      }
      generator.writeEndObject();
    }
    return out.toByteArray();
  }

  private void copyRow(JsonParser json, JsonGenerator generator) throws IOException {
    generator.writeStartObject();
    for (String column = json.nextFieldName(); column != null; column = json.nextFieldName()) {
      generator.writeFieldName(column);
      JsonToken token = json.nextToken();
      if (keep.contains(column) || !(token == JsonToken.VALUE_STRING || token.isStructStart())) {
        generator.copyCurrentStructureExact(json);
      } else if (token == JsonToken.VALUE_STRING) {
        if (json.getTextLength() > LONGEST_VALUE) {
          generator.writeString(ValueDecoder.UNAVAILABLE);
        } else {
          generator.copyCurrentEvent(json);
        }
      } else {
        copyStructure(json, generator, token == JsonToken.START_ARRAY);
      }
    }
    generator.writeEndObject();
  }

  private static void copyStructure(JsonParser json, JsonGenerator generator, boolean array)
      throws IOException {
    ByteArrayOutputStream copy = new ByteArrayOutputStream();
    try (JsonGenerator structure = JSON.createGenerator(copy)) {
      structure.copyCurrentStructureExact(json);
    }
    if (copy.size() <= LONGEST_VALUE) {
      try (JsonParser again = JSON.createParser(copy.toByteArray())) {
        again.nextToken();
        generator.copyCurrentStructureExact(again);
      }
    } else if (array) {
      generator.writeStartArray();
      generator.writeString(ValueDecoder.UNAVAILABLE);
      generator.writeEndArray();
    } else {
      generator.writeStartObject();
      generator.writeStringField(ValueDecoder.UNAVAILABLE, ValueDecoder.UNAVAILABLE);
      generator.writeEndObject();
    }
  }
}
