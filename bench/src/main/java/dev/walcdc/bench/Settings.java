package dev.walcdc.bench;

import java.nio.file.Path;
import java.util.Set;

/**
 * What to measure.
 *
 * @param repository root of the repository
 * @param stages what is measured
 * @param changes row changes of the workload
 * @param seed of the workload
 * @param changesPerSecond of the steady load
 * @param warmUpSeconds of the steady load, before what counts
 * @param seconds of the steady load
 * @param peer folder of Debezium Server
 * @param peerJava Java that runs it; null if there is none
 */
record Settings(
    Path repository,
    Set<Stage> stages,
    long changes,
    long seed,
    int changesPerSecond,
    int warmUpSeconds,
    int seconds,
    Path peer,
    Path peerJava) {

  boolean measures(Stage stage) {
    return stages.contains(stage);
  }
}
