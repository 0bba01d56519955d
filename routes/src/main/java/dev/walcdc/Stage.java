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
  QUARANTINE("quarantine", null),
  /** What the sinks hold is compared with PostgreSQL, once an interval, if one is set. */
  VERIFY("verify", "cdc", true),
  /** The lake's tables are kept small, once an interval, if one is set. */
  MAINTAIN_LAKEHOUSE("maintain-lakehouse", null, true),
  /** Questions are answered from ClickHouse, if that is switched on. */
  SEARCH("search", null, true);

  private final String id;
  private final String onlyMode;
  private final boolean onRequest;

  Stage(String id, String onlyMode) {
    this(id, onlyMode, false);
  }

  Stage(String id, String onlyMode, boolean onRequest) {
    this.id = id;
    this.onlyMode = onlyMode;
    this.onRequest = onRequest;
  }

  /** Name of the route, of its file, and of the consumer group where it has one. */
  public String id() {
    return id;
  }

  /**
   * The stages that make a whole pipeline; those that run on request alone are not among them.
   *
   * @param mode {@code cdc} or {@code synthetic}, as property {@code ingestion.mode}
   * @return in the order of the data's flow
   */
  public static List<Stage> of(String mode) {
    return Arrays.stream(values())
        .filter(stage -> !stage.onRequest)
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
