package dev.walcdc.quarantine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A letter as a JSON document, for the archive and for people: what was refused, why, and the
 * record's bytes in base64, beside their text where they are UTF-8. Stateless and safe to share.
 */
public final class LetterDocument {

  private final JsonFactory json = new JsonFactory();

  /**
   * The document of the letter that a record of the quarantine topic holds.
   *
   * @param key the record's key
   * @param value the record's value
   * @param headers the record's headers; what is no {@code byte[]} among them is not the record's
   */
  public byte[] write(byte[] key, byte[] value, Map<String, Object> headers) {
    Map<String, byte[]> own = new HashMap<>();
    headers.forEach(
        (name, header) -> {
          if (header instanceof byte[] bytes && !name.startsWith("kafka.")) {
            own.put(name, bytes);
          }
        });
    return write(Letter.of(key, value, own));
  }

  /** The document of a letter. */
  public byte[] write(Letter letter) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator generator = json.createGenerator(out).useDefaultPrettyPrinter()) {
      generator.writeStartObject();
      generator.writeStringField("sink", letter.id().sink());
      generator.writeStringField("topic", letter.id().topic());
      generator.writeNumberField("partition", letter.id().partition());
      generator.writeNumberField("offset", letter.id().offset());
      generator.writeStringField("state", letter.state().name());
      generator.writeStringField("reason", letter.reason());
      generator.writeStringField("refusedAt", instant(letter.refusedAtMicros()));
      generator.writeStringField("changedAt", instant(letter.changedAtMicros()));
      if (letter.version() != null) {
        generator.writeStringField("version", letter.version().toString());
      }
      if (letter.state() == LetterState.SUPERSEDED) {
        generator.writeNumberField("supersededBy", letter.supersededBy());
      }
      generator.writeObjectFieldStart("headers");
      for (Map.Entry<String, byte[]> header : new TreeMap<>(letter.headers()).entrySet()) {
        generator.writeStringField(
            header.getKey(), new String(header.getValue(), StandardCharsets.UTF_8));
      }
      generator.writeEndObject();
      writeBytes(generator, "key", letter.key());
      writeBytes(generator, "value", letter.value());
      generator.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void writeBytes(JsonGenerator generator, String name, byte[] bytes)
      throws IOException {
    if (bytes == null) {
      generator.writeNullField(name);
      return;
    }
    String text = text(bytes);
    if (text == null) {
      generator.writeNullField(name);
    } else {
      generator.writeStringField(name, text);
    }
    generator.writeBinaryField(name + "Base64", bytes);
  }

  /** Null if they are not UTF-8. */
  private static String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static String instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
  }
}
