package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A JVM that starts a small stack and waits for its end; made to be killed. */
final class StackOwner {
  private StackOwner() {}

  /**
   * Starts it.
   *
   * @param guarded whether its servers are to end with it
   */
  static Process start(Path home, boolean guarded) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-Dwalcdc.servers=" + System.getProperty("walcdc.servers", ""),
                "-cp",
                classPath,
                StackOwner.class.getName(),
                home.toString(),
                Boolean.toString(guarded)))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  public static void main(String[] args) throws Exception {
    ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("dev.walcdc"))
        .setLevel(ch.qos.logback.classic.Level.OFF);
    LocalStackOptions.Builder builder =
        LocalStackOptions.builder(Repository.root(Path.of("")).orElseThrow())
            .home(Path.of(args[0]))
            .servers(Server.CATALOG, Server.S3);
    String servers = System.getProperty("walcdc.servers", "");
    if (!servers.isBlank()) {
      builder.serversFolder(Path.of(servers));
    }
    if (Boolean.parseBoolean(args[1])) {
      OrphanGuard.watch(Path.of(args[0]));
    }
    new LocalStack(builder.build()).start();
    System.out.println("started");
    Thread.currentThread().join();
  }
}
