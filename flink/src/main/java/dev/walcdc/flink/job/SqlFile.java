package dev.walcdc.flink.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The statements of one SQL file, without comments; {@code ${NAME}} and {@code ${NAME:-default}}
 * are replaced by variables of the environment; a line with {@code ${NAME?}} is left out where that
 * is not set. A statement ends with a semicolon at the end of a line; a comment is a line of its
 * own.
 *
 * @param settings what its {@code SET 'name' = 'value'} statements say, in order
 * @param statements the others, in order; secrets are in them
 */
record SqlFile(Map<String, String> settings, List<String> statements) {

  private static final Pattern END = Pattern.compile(";[ \\t]*(\\R|\\z)");
  private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*--.*(\\R|\\z)");
  private static final Pattern OPTIONAL =
      Pattern.compile("(?m)^.*\\$\\{([A-Z][A-Z0-9_]*)\\?}.*(\\R|\\z)");
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{([A-Z][A-Z0-9_]*)(?:\\?|:-([^}]*))?}");
  private static final Pattern SET =
      Pattern.compile("SET\\s+'([^']+)'\\s*=\\s*'([^']*)'", Pattern.CASE_INSENSITIVE);

  /**
   * Reads a file.
   *
   * @throws StartRefusedException if a variable that it names is not set
   */
  static SqlFile read(Path file, Settings environment) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read".formatted(file), e);
    }
    Map<String, String> settings = new LinkedHashMap<>();
    List<String> statements = new ArrayList<>();
    String present =
        OPTIONAL
            .matcher(COMMENT.matcher(text).replaceAll(""))
            .replaceAll(
                line ->
                    environment.find(line.group(1)).isPresent()
                        ? Matcher.quoteReplacement(line.group())
                        : "");
    for (String each : END.split(present)) {
      String statement = filled(each.strip(), file, environment);
      Matcher set = SET.matcher(statement);
      if (set.matches()) {
        settings.put(set.group(1), set.group(2));
      } else if (!statement.isEmpty()) {
        statements.add(statement);
      }
    }
    return new SqlFile(settings, statements);
  }

  /** A value is put between the file's quotes, so those in it are doubled. */
  private static String filled(String statement, Path file, Settings environment) {
    return VARIABLE
        .matcher(statement)
        .replaceAll(
            found -> {
              String value =
                  environment
                      .find(found.group(1))
                      .or(() -> Optional.ofNullable(found.group(2)))
                      .orElseThrow(
                          () ->
                              new StartRefusedException(
                                  "%s needs %s; set it in the environment"
                                      .formatted(file, found.group(1))));
              return Matcher.quoteReplacement(value.replace("'", "''"));
            });
  }

  /** Leaves the statements out: secrets are in them. */
  @Override
  public String toString() {
    return "SqlFile[%d statements]".formatted(statements.size());
  }
}
