package dev.walcdc;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The stages of the pipeline: each is one route, in a file of its own, of the same name. */
public enum Stage {
  /** PostgreSQL's changes go to the log. */
  CAPTURE_POSTGRES("capture-postgres", "cdc"),
  /** Made-up changes go to the log. */
  SYNTHETIC_EVENTS("synthetic-events", "synthetic"),
  /** The log's changes go to ClickHouse. */
  SINK_CLICKHOUSE("sink-clickhouse", null),
  /** The log's changes go to Iceberg. */
  SINK_ICEBERG("sink-iceberg", null),
  /** What the sinks refused goes to the archive. */
  QUARANTINE("quarantine", null);

  private final String id;
  private final String onlyMode;

  Stage(String id, String onlyMode) {
    this.id = id;
    this.onlyMode = onlyMode;
  }

  /** Name of the route, of its file, and of the consumer group where it has one. */
  public String id() {
    return id;
  }

  /**
   * The stages that make a whole pipeline.
   *
   * @param mode {@code cdc} or {@code synthetic}, as property {@code ingestion.mode}
   * @return in the order of the data's flow
   */
  public static List<Stage> of(String mode) {
    return Arrays.stream(values())
        .filter(stage -> stage.onlyMode == null || stage.onlyMode.equals(mode))
        .toList();
  }

  /**
   * Reads a list of names.
   *
   * @param names comma between
   * @throws IllegalArgumentException if there is no such stage
   */
  static List<Stage> parse(String names) {
    return Arrays.stream(names.split(",")).map(String::strip).map(Stage::named).toList();
  }

  private static Stage named(String name) {
    return Arrays.stream(values())
        .filter(stage -> stage.id.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "`STAGES` names `%s`, which is no stage; choose of %s"
                        .formatted(
                            name,
                            Arrays.stream(values())
                                .map(Stage::id)
                                .collect(Collectors.joining(", ")))));
  }
}
