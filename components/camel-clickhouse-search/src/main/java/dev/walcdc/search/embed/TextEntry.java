package dev.walcdc.search.embed;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * One text of one row.
 *
 * @param hash SHA-256 of the text's UTF-8 form, 64 hexadecimal digits: the text's name
 * @param key the row's key, see {@link KeyText}
 * @param text as the source has it; never blank
 */
record TextEntry(String hash, List<String> key, String text) {

  static TextEntry of(List<String> key, String text) {
    return new TextEntry(hash(text), key, text);
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256", e);
    }
  }

  /** Which text is at which row; says nothing of how long it is. */
  Place place() {
    return new Place(hash, key);
  }

  /** A text, by its hash, at a row. */
  record Place(String hash, List<String> key) {}
}
