package dev.walcdc.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** Kafka: broker and controller (KRaft) in one JVM, of the broker's own version. */
final class KafkaServer extends LocalServer {
  // Any name will do for a cluster of one; it must be 16 bytes in base64.
  private static final String CLUSTER_ID = "d2FsLWNkYy1sb2NhbC0wMQ";

  KafkaServer(LocalStackOptions options, Ports ports, Secrets secrets, StackState state) {
    super(Server.KAFKA, options, ports, secrets, state);
  }

  @Override
  void prepare() throws Exception {
    PrivateFiles.write(
        folder().resolve("logback.xml"), PrivateFiles.resource("logback-server.xml"));
    PrivateFiles.write(properties(), configuration());
    if (!Files.exists(folder().resolve("data/meta.properties"))) {
      format();
    }
  }

  private String configuration() {
    String here = ConnectionSettings.HOST;
    int broker = ports.get(Port.KAFKA);
    int controller = ports.get(Port.KAFKA_CONTROLLER);
    return PrivateFiles.resource("kafka.properties")
        .replace("@LISTENER@", here + ":" + broker)
        .replace("@CONTROLLER@", here + ":" + controller);
  }

  private void format() throws InterruptedException {
    ServerProcess format =
        ServerProcess.start(
            "Kafka's format",
            java(
                List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"),
                "kafka.tools.StorageTool",
                "format",
                "--ignore-formatted", // a first attempt may have been cut short
                "--cluster-id",
                CLUSTER_ID,
                "--config",
                properties().toString()),
            folder(),
            log());
    int status = format.awaitOrKill(options.startTimeout());
    if (status != 0) {
      throw new StackException(
          "Kafka's data folder cannot be made (status %d): see %s; its last lines:%s"
              .formatted(status, log(), format.tail()));
    }
  }

  @Override
  List<String> command() {
    return java(List.of("-Xmx512m", "-Xms64m"), "kafka.Kafka", properties().toString());
  }

  private List<String> java(List<String> heap, String mainClass, String... arguments) {
    List<String> jvm = new ArrayList<>(heap);
    jvm.add("-Dlogback.configurationFile=" + folder().resolve("logback.xml"));
    return Programs.java(options.programsFolder(), "kafka", jvm, mainClass, arguments);
  }

  @Override
  void probe() throws Exception {
    connect(Port.KAFKA); // while it is down, an admin client would only fill our log
    Map<String, Object> config =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
            ConnectionSettings.HOST + ":" + ports.get(Port.KAFKA),
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
            5_000,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            10_000);
    try (Admin admin = Admin.create(config)) {
      if (admin.describeCluster().nodes().get(15, TimeUnit.SECONDS).isEmpty()) {
        throw new IllegalStateException("no broker has registered yet");
      }
      admin.listTopics().names().get(15, TimeUnit.SECONDS);
    }
  }

  @Override
  void initialize() {}

  private Path properties() {
    return folder().resolve("server.properties");
  }
}
