package dev.walcdc.local;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** The passwords of one home: made at random on first use, kept in a file with mode 600. */
record Secrets(
    String postgresPassword,
    String catalogPassword,
    String clickHousePassword,
    String s3AccessKey,
    String s3SecretKey) {

  static final String FILE = "secrets.properties";

  /** Reads the secrets of a home, and makes those that are missing. */
  static Secrets of(Path home) {
    Path file = home.resolve(FILE);
    Properties kept = new Properties();
    try {
      if (Files.exists(file)) {
        kept.load(new StringReader(Files.readString(file)));
      }
    } catch (IOException e) {
      throw new StackException(
          "The secrets of this stack, %s, cannot be read (%s): correct the file's rights."
              .formatted(file, e),
          e);
    }
    Map<String, String> all = new LinkedHashMap<>();
    for (String name :
        new String[] {
          "postgres.password",
          "catalog.password",
          "clickhouse.password",
          "s3.access-key",
          "s3.secret-key"
        }) {
      String value = kept.getProperty(name, "");
      all.put(name, value.isBlank() ? random() : value);
    }
    if (!all.equals(kept)) {
      StringBuilder text = new StringBuilder();
      all.forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
      PrivateFiles.write(file, text.toString());
    }
    return new Secrets(
        all.get("postgres.password"),
        all.get("catalog.password"),
        all.get("clickhouse.password"),
        all.get("s3.access-key"),
        all.get("s3.secret-key"));
  }

  private static String random() {
    byte[] bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes); // no character that any file format would escape
  }

  @Override
  public String toString() {
    return "Secrets[not shown]";
  }
}
