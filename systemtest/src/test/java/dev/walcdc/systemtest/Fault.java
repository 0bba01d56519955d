package dev.walcdc.systemtest;

import dev.walcdc.local.Server;
import dev.walcdc.systemtest.FaultProxy.Weather;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;

/** What goes wrong while changes flow. Each leaves the scene such that it can recover by itself. */
enum Fault {
  KILL_CAPTURE((scene, random) -> scene.pipeline().kill(SplitPipeline.CAPTURE)),
  KILL_CLICKHOUSE_SINK((scene, random) -> scene.pipeline().kill(SplitPipeline.CLICKHOUSE)),
  KILL_ICEBERG_SINK((scene, random) -> scene.pipeline().kill(SplitPipeline.ICEBERG)),
  KILL_CLICKHOUSE(killed(Server.CLICKHOUSE)),
  KILL_BROKER(killed(Server.KAFKA)),
  KILL_CATALOG(killed(Server.CATALOG)),
  KILL_S3(killed(Server.S3)),
  KILL_SOURCE(killed(Server.POSTGRES)),
  RESTART_SOURCE(
      (scene, random) -> {
        scene.servers().stack().stop(Server.POSTGRES);
        scene.servers().stack().start(Server.POSTGRES);
      }),
  FREEZE_A_STAGE(
      (scene, random) -> {
        String stage = SplitPipeline.STAGES.get(random.nextInt(SplitPipeline.STAGES.size()));
        scene.pipeline().freeze(stage);
        pause(Duration.ofSeconds(1 + random.nextInt(15)));
        scene.pipeline().thaw(stage);
      }),
  SLOW_S3(weather(Weather.SLOW)),
  FAILING_S3(weather(Weather.FAILING)),
  BREAKING_S3(weather(Weather.BREAKING));

  private final BiConsumer<Scene, Random> strike;

  Fault(BiConsumer<Scene, Random> strike) {
    this.strike = strike;
  }

  /**
   * Does it.
   *
   * @param random what is left open: how long, which
   */
  void strike(Scene scene, Random random) {
    strike.accept(scene, random);
  }

  /** What faults are done to. */
  record Scene(RunningPipeline servers, SplitPipeline pipeline, FaultProxy s3) {}

  private static BiConsumer<Scene, Random> killed(Server server) {
    return (scene, random) -> {
      scene.servers().stack().kill(server);
      pause(Duration.ofMillis(random.nextInt(2_000)));
      scene.servers().stack().start(server);
    };
  }

  private static BiConsumer<Scene, Random> weather(Weather weather) {
    return (scene, random) -> {
      scene.s3().set(weather);
      pause(Duration.ofSeconds(2 + random.nextInt(4)));
      scene.s3().set(Weather.FAIR);
    };
  }

  /** The length of a fault is what is tested here; nothing is waited for. */
  static void pause(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    while (System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(Math.min(end - System.nanoTime(), TimeUnit.SECONDS.toNanos(1)));
    }
  }
}
