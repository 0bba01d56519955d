package dev.walcdc.cli;

import dev.walcdc.log.TopicNames;
import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options that say which letters a command is about. */
final class LetterChoice {

  @Parameters(
      paramLabel = "LETTER",
      arity = "0..*",
      description = "Letters by name, SINK/TOPIC/PARTITION/OFFSET, as `list` shows them.")
  private List<String> names = List.of();

  @Option(
      names = "--table",
      paramLabel = "SCHEMA.TABLE",
      description = "All open letters of a table.")
  private String table;

  @Option(names = "--sink", paramLabel = "SINK", description = "Only those of one sink.")
  private String sink;

  @Option(names = "--all", description = "All open letters.")
  private boolean all;

  /** Whether nothing was chosen at all. */
  boolean isEmpty() {
    return names.isEmpty() && table == null && !all;
  }

  /**
   * The letters that were chosen.
   *
   * @param letters all that there are
   * @throws CliException if one that was named is not there
   */
  List<Letter> of(Collection<Letter> letters, String topicPrefix) {
    List<Letter> chosen = new ArrayList<>();
    for (String name : names) {
      LetterId id = parse(name);
      Optional<Letter> found = letters.stream().filter(l -> l.id().equals(id)).findFirst();
      chosen.add(
          found.orElseThrow(
              () ->
                  new CliException(
                      "There is no letter `%s`; see `wal-cdc quarantine list --closed`."
                          .formatted(name))));
    }
    if (table != null || all) {
      String topic = table == null ? null : TopicNames.legal(topicPrefix + "." + table);
      letters.stream()
          .filter(Letter::isOpen)
          .filter(letter -> topic == null || letter.id().topic().equals(topic))
          .filter(letter -> chosen.stream().noneMatch(l -> l.id().equals(letter.id())))
          .forEach(chosen::add);
    }
    chosen.removeIf(letter -> sink != null && !letter.id().sink().equals(sink));
    return chosen;
  }

  private static LetterId parse(String name) {
    try {
      return LetterId.parse(name);
    } catch (IllegalArgumentException e) {
      throw new CliException(e.getMessage() + ".", e);
    }
  }
}
