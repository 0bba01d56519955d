package dev.walcdc.verify;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.changelog.QuarantineContents;
import dev.walcdc.changelog.QuarantineLog;
import dev.walcdc.log.TopicNames;
import dev.walcdc.quarantine.Letter;
import dev.walcdc.verify.VerifyReport.Quarantined;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.KafkaException;

/**
 * Where the records are that sinks could not apply.
 *
 * @param brokers how to reach the log
 * @param topicPrefix first part of the topics' names
 */
public record QuarantineAccess(KafkaConnection brokers, String topicPrefix) {

  /**
   * The open letters of these tables, those of one key together.
   *
   * @throws VerifyException if the log does not answer
   */
  List<Quarantined> of(Collection<TableName> tables) {
    Map<String, TableName> topics = new TreeMap<>();
    tables.forEach(
        table -> topics.put(TopicNames.of(topicPrefix, table.schema(), table.table()), table));
    try (QuarantineLog log = new QuarantineLog(brokers, topicPrefix + ".quarantine")) {
      Map<String, Quarantined> found = new TreeMap<>();
      for (Letter letter : QuarantineContents.read(log, Letter::isOpen).letters()) {
        TableName table = topics.get(letter.id().topic());
        if (table != null) {
          found.merge(group(letter), quarantined(letter, table), Quarantined::and);
        }
      }
      return new ArrayList<>(found.values());
    } catch (KafkaException e) {
      throw new VerifyException(
          "What is in quarantine cannot be read from %s: %s. Check that the brokers run"
              .formatted(brokers, e.getMessage()),
          e);
    }
  }

  private static String group(Letter letter) {
    return letter.key() == null
        ? letter.id().toString()
        : "%s/%s/%s".formatted(letter.id().sink(), letter.id().topic(), letter.keyText());
  }

  private static Quarantined quarantined(Letter letter, TableName table) {
    return new Quarantined(
        letter.id().sink(),
        table.toString(),
        letter.key() == null ? null : letter.keyText(),
        List.of(letter.id().toString()),
        letter.reason());
  }
}
