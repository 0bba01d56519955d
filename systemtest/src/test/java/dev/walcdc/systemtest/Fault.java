package dev.walcdc.systemtest;

import dev.walcdc.local.Server;
import dev.walcdc.systemtest.FaultProxy.Weather;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What goes wrong while changes flow. Each leaves the scene such that it can recover by itself. */
enum Fault {
  KILL_CAPTURE {
    @Override
    void strike(Scene scene, Random random) {
      scene.pipeline().kill(SplitPipeline.CAPTURE);
    }
  },
  KILL_CLICKHOUSE_SINK {
    @Override
    void strike(Scene scene, Random random) {
      scene.pipeline().kill(SplitPipeline.CLICKHOUSE);
    }
  },
  KILL_ICEBERG_SINK {
    @Override
    void strike(Scene scene, Random random) {
      scene.pipeline().kill(SplitPipeline.ICEBERG);
    }
  },
  KILL_CLICKHOUSE {
    @Override
    void strike(Scene scene, Random random) {
      killed(scene, Server.CLICKHOUSE, random);
    }
  },
  KILL_BROKER {
    @Override
    void strike(Scene scene, Random random) {
      killed(scene, Server.KAFKA, random);
    }
  },
  KILL_CATALOG {
    @Override
    void strike(Scene scene, Random random) {
      killed(scene, Server.CATALOG, random);
    }
  },
  KILL_S3 {
    @Override
    void strike(Scene scene, Random random) {
      killed(scene, Server.S3, random);
    }
  },
  KILL_SOURCE {
    @Override
    void strike(Scene scene, Random random) {
      killed(scene, Server.POSTGRES, random);
    }
  },
  RESTART_SOURCE {
    @Override
    void strike(Scene scene, Random random) {
      scene.servers().stack().stop(Server.POSTGRES);
      scene.servers().stack().start(Server.POSTGRES);
    }
  },
  FREEZE_A_STAGE {
    @Override
    void strike(Scene scene, Random random) {
      String stage = SplitPipeline.STAGES.get(random.nextInt(SplitPipeline.STAGES.size()));
      scene.pipeline().freeze(stage);
      pause(Duration.ofSeconds(1 + random.nextInt(15)));
      scene.pipeline().thaw(stage);
    }
  },
  SLOW_S3 {
    @Override
    void strike(Scene scene, Random random) {
      weather(scene, Weather.SLOW, random);
    }
  },
  FAILING_S3 {
    @Override
    void strike(Scene scene, Random random) {
      weather(scene, Weather.FAILING, random);
    }
  },
  BREAKING_S3 {
    @Override
    void strike(Scene scene, Random random) {
      weather(scene, Weather.BREAKING, random);
    }
  };

  /**
   * Does it.
   *
   * @param random what is left open: how long, which
   */
  abstract void strike(Scene scene, Random random);

  /** What faults are done to. */
  record Scene(RunningPipeline servers, SplitPipeline pipeline, FaultProxy s3) {}

  private static void killed(Scene scene, Server server, Random random) {
    scene.servers().stack().kill(server);
    pause(Duration.ofMillis(random.nextInt(2_000)));
    scene.servers().stack().start(server);
  }

  private static void weather(Scene scene, Weather weather, Random random) {
    scene.s3().set(weather);
    pause(Duration.ofSeconds(2 + random.nextInt(4)));
    scene.s3().set(Weather.FAIR);
  }

  /** The length of a fault is what is tested here; nothing is waited for. */
  static void pause(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    while (System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(Math.min(end - System.nanoTime(), TimeUnit.SECONDS.toNanos(1)));
    }
  }
}
