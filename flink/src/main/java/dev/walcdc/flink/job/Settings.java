package dev.walcdc.flink.job;

import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.log.TopicNames;
import java.util.Map;
import java.util.Optional;

/**
 * What the environment says, under the names that the pipeline reads as well: the SQL files' {@code
 * ${...}}, and what this program needs of them itself.
 *
 * @param environment all variables; secrets are among them
 */
public record Settings(Map<String, String> environment) {

  /** Kafka group under which the jobs leave the offsets of their checkpoints. */
  public static final String GROUP = "flink-sql";

  public Settings {
    environment = Map.copyOf(environment);
  }

  /** The brokers of the log, without encryption and login, as of the other stages. */
  public KafkaConnection brokers() {
    return KafkaConnection.plaintext(required("KAFKA_BROKERS"));
  }

  /** The folder, or the address of a bucket, with the checkpoints of all tables. */
  public String checkpoints() {
    return required("FLINK_CHECKPOINTS");
  }

  /** The topic of a table, given as {@code schema.table}. */
  String topic(String table) {
    int dot = table.indexOf('.');
    return TopicNames.of(topicPrefix(), table.substring(0, dot), table.substring(dot + 1));
  }

  /** The topic with the definitions of all tables. */
  String schemasTopic() {
    return topicPrefix() + ".schemas";
  }

  SchemaLog schemas() {
    return new SchemaLog(brokers(), schemasTopic());
  }

  private String topicPrefix() {
    return find("TOPIC_PREFIX").orElse("dbserver1");
  }

  /** A variable that is set and not empty. */
  Optional<String> find(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  private String required(String name) {
    return find(name)
        .orElseThrow(() -> new StartRefusedException("Set %s in the environment".formatted(name)));
  }

  /** Leaves the values out: secrets are among them. */
  @Override
  public String toString() {
    return "Settings" + environment.keySet();
  }
}
