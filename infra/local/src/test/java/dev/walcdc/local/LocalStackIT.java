package dev.walcdc.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * One stack through its life: first start, use, stop, start on the same data, kill, start again.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LocalStackIT {
  private static final Path REPOSITORY = Repository.root(Path.of("")).orElseThrow();
  private static final Path HOME =
      Path.of("target", "it-stacks", Long.toString(ProcessHandle.current().pid())).toAbsolutePath();
  private static LocalStack stack;

  @BeforeAll
  static void start() {
    stack = new LocalStack(options().build());
    OrphanGuard.watch(HOME);
    stack.start();
  }

  @AfterAll
  static void stop() throws IOException {
    stack.close();
    for (Server server : Server.values()) {
      PrivateFiles.deleteTree(HOME.resolve(server.key()));
    }
  }

  @Test
  @Order(1)
  void postgresIsASourceOfChanges() throws Exception {
    ConnectionSettings.Postgres postgres = stack.settings().postgres();
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement()) {
      assertThat(text(statement, "SHOW wal_level")).isEqualTo("logical");
      assertThat(text(statement, "SHOW server_encoding")).isEqualTo("UTF8");
      assertThat(text(statement, "SELECT upper('ñ')")).isEqualTo("Ñ");
      assertThat(text(statement, "SELECT puballtables FROM pg_publication WHERE pubname='walcdc'"))
          .isEqualTo("t");
      statement.execute("SELECT pg_create_logical_replication_slot('kept', 'pgoutput')");
      statement.execute("INSERT INTO app.users (name, email) VALUES ('Ada', 'ada@example.org')");
      statement.execute("INSERT INTO walcdc.heartbeat VALUES (1, now())");
      assertThat(text(statement, "SELECT id FROM app.users")).isEqualTo("1");
    }
    assertThatThrownBy(
            () -> DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), "wrong"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("password authentication failed");
  }

  @Test
  @Order(1)
  void catalogIsASmallDatabaseOfItsOwn() throws Exception {
    try (Connection connection = connect(stack.settings().catalog());
        Statement statement = connection.createStatement()) {
      assertThat(text(statement, "SELECT current_database()")).isEqualTo("iceberg");
      assertThat(text(statement, "SHOW wal_level")).isEqualTo("minimal");
      statement.execute("CREATE TABLE iceberg_tables (name text)");
      statement.execute("INSERT INTO iceberg_tables VALUES ('kept')");
    }
  }

  @Test
  @Order(1)
  void kafkaKeepsRecords() throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                stack.settings().kafka().bootstrapServers(),
                "max.request.size",
                10 << 20),
            new StringSerializer(),
            new StringSerializer())) {
      producer.send(new ProducerRecord<>("kept", "k", "v")).get(30, TimeUnit.SECONDS);
      producer
          .send(new ProducerRecord<>("kept", "big", "x".repeat(8 << 20)))
          .get(30, TimeUnit.SECONDS);
      assertThat(producer.partitionsFor("kept")).hasSize(1);
    }
    assertThat(keysOf("kept", 2)).containsExactly("k", "big");
  }

  @Test
  @Order(1)
  void clickHouseKeepsTablesAndItsUserInBounds() throws Exception {
    ConnectionSettings.ClickHouse settings = stack.settings().clickHouse();
    assertThat(clickHouse("SELECT currentUser()")).isEqualTo(settings.user());
    clickHouse(
        "CREATE TABLE cdc.kept (id Int64, v UInt128, d UInt8)"
            + " ENGINE = ReplacingMergeTree(v, d) ORDER BY id");
    clickHouse("CREATE VIEW cdc.kept_current AS SELECT id FROM cdc.kept FINAL WHERE d = 0");
    clickHouse("INSERT INTO cdc.kept VALUES (1, 1, 0), (2, 1, 0), (2, 2, 1)");
    clickHouse("CREATE TABLE cdc.cloned CLONE AS cdc.kept");
    assertThat(clickHouse("SELECT id FROM cdc.kept_current")).isEqualTo("1");
    assertThat(clickHouse("SELECT getSetting('async_insert')")).isEqualTo("false");
    try (Socket nativeTcp = new Socket(settings.host(), settings.nativePort())) {
      assertThat(nativeTcp.isConnected()).isTrue();
    }

    assertThatThrownBy(() -> clickHouse(settings.user(), "wrong", "SELECT 1"))
        .hasMessageContaining("AUTHENTICATION_FAILED");
    for (String refused :
        List.of(
            "SELECT * FROM file('/etc/hostname', 'LineAsString')",
            "INSERT INTO FUNCTION file('/tmp/walcdc', 'CSV', 'a Int8') VALUES (1)",
            "CREATE TABLE cdc.f (a String) ENGINE = File(CSV, '/etc/hostname')",
            "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
            "SYSTEM SHUTDOWN")) {
      assertThatThrownBy(() -> clickHouse(refused)).hasMessageContaining("ACCESS_DENIED");
    }
    // The launcher's own user needs no password: it must not be able to do anything.
    for (String refused :
        List.of("SELECT * FROM cdc.kept", "SELECT * FROM file('/etc/hostname')")) {
      assertThatThrownBy(() -> clickHouse("default", "", refused))
          .hasMessageContaining("ACCESS_DENIED");
    }
  }

  @Test
  @Order(1)
  void s3KeepsObjectsAndChecksSignatures() throws Exception {
    HttpCall.send("PUT", s3("PUT", "/lake/kept.txt"), Map.of(), "in the lake");
    assertThat(HttpCall.send("GET", s3("GET", "/lake/kept.txt"), Map.of(), ""))
        .isEqualTo("in the lake");
    URI unsigned = stack.settings().s3().endpoint().resolve("/lake/kept.txt");
    assertThatThrownBy(() -> HttpCall.send("GET", unsigned, Map.of(), ""))
        .hasMessageContaining("status 403");
  }

  @Test
  @Order(2)
  void noSecretIsOnACommandLineOrReadableByOthers() throws Exception {
    Secrets secrets = Secrets.of(HOME);
    try (DirectoryStream<Path> processes =
        Files.newDirectoryStream(
            Path.of("/proc"), p -> p.getFileName().toString().matches("\\d+"))) {
      for (Path process : processes) {
        String command;
        try {
          command = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
          continue; // ended meanwhile
        }
        assertThat(command)
            .doesNotContain(
                secrets.postgresPassword(),
                secrets.catalogPassword(),
                secrets.clickHousePassword(),
                secrets.s3SecretKey());
      }
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(HOME)))
        .isEqualTo("rwx------");
  }

  @Test
  @Order(2)
  void aSecondStackOnTheSameHomeIsRefused() {
    LocalStack second = new LocalStack(options().build());
    assertThatThrownBy(second::start)
        .isInstanceOf(StackException.class)
        .hasMessage(
            "The stack in %s is already run by process %d: stop that one first, or choose another home"
                + " folder.",
            HOME, ProcessHandle.current().pid());
    assertThatThrownBy(() -> LocalStack.stopLeftovers(HOME)).isInstanceOf(StackException.class);
    assertThat(stack.isRunning(Server.KAFKA)).isTrue();
  }

  @Test
  @Order(3)
  void dataOutliveAStop() throws Exception {
    ConnectionSettings before = stack.settings();
    stack.stop();
    for (Server server : Server.standard()) {
      assertThat(stack.isRunning(server)).isFalse();
    }
    assertThat(StackState.read(HOME).processes()).isEmpty();
    stack.start();
    assertThat(stack.settings()).isEqualTo(before);
    assertThat(LocalStack.settings(HOME)).isEqualTo(before);
    verifyData();
  }

  @Test
  @Order(4)
  void dataOutliveAKillOfEach() throws Exception {
    for (Server server : Server.standard()) {
      stack.kill(server);
      assertThat(stack.isRunning(server)).isFalse();
      stack.start(server);
      assertThat(stack.isRunning(server)).isTrue();
    }
    verifyData();
  }

  @Test
  @Order(5)
  void dataOutliveAKillOfAllAtOnce() throws Exception {
    Map<Server, ProcessIdentity> children = StackState.read(HOME).processes();
    assertThat(children).containsOnlyKeys(Server.standard());
    children.values().forEach(ServerProcess::kill);
    assertThat(stack.isRunning(Server.POSTGRES)).isFalse();
    stack.startAll(Server.standard());
    verifyData();
  }

  @Test
  @Order(6)
  void serversOfAKilledOwnerRunOnUntilTheyAreEnded() throws Exception {
    Path home = HOME.resolveSibling(HOME.getFileName() + "-owner");
    Process owner = StackOwner.start(home, false);
    BufferedReader output = owner.inputReader();
    try {
      assertThat(output.readLine()).isEqualTo("started");
      Map<Server, ProcessIdentity> children = StackState.read(home).processes();
      assertThat(children).containsOnlyKeys(Server.CATALOG, Server.S3);
      assertThatThrownBy(() -> LocalStack.stopLeftovers(home))
          .hasMessageContaining("is already run by process " + owner.pid());

      // By its handle: Process itself would close our end of the output as well.
      owner.toHandle().destroyForcibly();
      owner.waitFor();
      assertThat(output.readLine()).isNull(); // at an end: no child holds it open
      assertThat(children.values()).allMatch(child -> child.alive().isPresent());
      assertThat(LocalStack.stopLeftovers(home)).isEqualTo(children.keySet());
      assertThat(children.values()).allMatch(child -> child.alive().isEmpty());
    } finally {
      owner.destroyForcibly().waitFor();
      LocalStack.stopLeftovers(home);
      PrivateFiles.deleteTree(home);
    }
  }

  @Test
  @Order(6)
  void guardedServersEndWithAKilledOwner() throws Exception {
    Path home = HOME.resolveSibling(HOME.getFileName() + "-guarded");
    Process owner = StackOwner.start(home, true);
    try {
      assertThat(owner.inputReader().readLine()).isEqualTo("started");
      Map<Server, ProcessIdentity> children = StackState.read(home).processes();
      assertThat(children).containsOnlyKeys(Server.CATALOG, Server.S3);
      assertThat(LocalStack.owner(home)).contains(owner.toHandle());
      owner.destroyForcibly().waitFor();
      Awaitility.await()
          .until(() -> children.values().stream().allMatch(child -> child.alive().isEmpty()));
      assertThat(LocalStack.owner(home)).isEmpty();
    } finally {
      owner.destroyForcibly().waitFor();
      LocalStack.stopLeftovers(home);
      PrivateFiles.deleteTree(home);
    }
  }

  @Test
  @Order(6)
  @SuppressWarnings("try") // the socket is held, not used
  void aBusyPortIsNamed() throws Exception {
    int port = kafkaPort();
    stack.stop(Server.KAFKA);
    try (ServerSocket busy = new ServerSocket(port, 1, Ports.address())) {
      assertThatThrownBy(() -> stack.start(Server.KAFKA))
          .isInstanceOf(StackException.class)
          .hasMessage(
              "Port %d on 127.0.0.1, which Kafka needs, is in use by another program: stop that"
                  + " program, or give the stack another number for the port \"kafka\".",
              port);
    }
    stack.start(Server.KAFKA);
    assertThat(keysOf("kept", 2)).containsExactly("k", "big");
  }

  @Test
  @Order(6)
  void aServerThatCannotStartShowsItsLastLines() throws Exception {
    stack.stop(Server.CATALOG);
    Path control = HOME.resolve("catalog/data/global/pg_control");
    Path aside = control.resolveSibling("aside");
    Files.move(control, aside);
    try {
      assertThatThrownBy(() -> stack.start(Server.CATALOG))
          .isInstanceOf(StackException.class)
          .hasMessageContaining("the Iceberg catalog's PostgreSQL ended with status")
          .hasMessageContaining("catalog.log")
          .hasMessageContaining("could not find the database system");
    } finally {
      Files.move(aside, control);
    }
    stack.start(Server.CATALOG);
  }

  @Test
  @Order(6)
  void aMissingPythonIsNamed() {
    Path home = HOME.resolveSibling(HOME.getFileName() + "-python");
    LocalStack withoutPython =
        new LocalStack(
            options()
                .home(home)
                .serversFolder(home.resolve("servers"))
                .servers(Server.CLICKHOUSE)
                .pythonCommand("no-such-python")
                .build());
    assertThatThrownBy(withoutPython::start)
        .isInstanceOf(StackException.class)
        .hasMessageContaining("Python 3 with venv was not found as \"no-such-python\"");
    assertThat(StackState.read(home).processes()).isEmpty();
  }

  private void verifyData() throws Exception {
    try (Connection connection = connect(stack.settings().postgres());
        Statement statement = connection.createStatement()) {
      assertThat(text(statement, "SELECT name FROM app.users WHERE id = 1")).isEqualTo("Ada");
      assertThat(text(statement, "SELECT plugin FROM pg_replication_slots WHERE slot_name='kept'"))
          .isEqualTo("pgoutput");
    }
    try (Connection connection = connect(stack.settings().catalog());
        Statement statement = connection.createStatement()) {
      assertThat(text(statement, "SELECT name FROM iceberg_tables")).isEqualTo("kept");
    }
    assertThat(keysOf("kept", 2)).containsExactly("k", "big");
    assertThat(clickHouse("SELECT id FROM cdc.kept_current")).isEqualTo("1");
    assertThat(HttpCall.send("GET", s3("GET", "/lake/kept.txt"), Map.of(), ""))
        .isEqualTo("in the lake");
  }

  private static LocalStackOptions.Builder options() {
    LocalStackOptions.Builder builder = LocalStackOptions.builder(REPOSITORY).home(HOME);
    String servers = System.getProperty("walcdc.servers", "");
    return servers.isBlank() ? builder : builder.serversFolder(Path.of(servers));
  }

  private static int kafkaPort() {
    return Integer.parseInt(stack.settings().kafka().bootstrapServers().split(":", -1)[1]);
  }

  private static Connection connect(ConnectionSettings.Postgres settings) throws SQLException {
    return DriverManager.getConnection(settings.jdbcUrl(), settings.user(), settings.password());
  }

  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet result = statement.executeQuery(sql)) {
      assertThat(result.next()).as(sql).isTrue();
      return result.getString(1);
    }
  }

  private static List<String> keysOf(String topic, int count) {
    Properties config = new Properties();
    config.put("bootstrap.servers", stack.settings().kafka().bootstrapServers());
    config.put("group.id", "it-" + System.nanoTime());
    config.put("auto.offset.reset", "earliest");
    List<String> keys = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      Instant end = Instant.now().plusSeconds(60);
      while (keys.size() < count && Instant.now().isBefore(end)) {
        for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofMillis(500))) {
          keys.add(one.key());
        }
      }
    }
    return keys;
  }

  private static String clickHouse(String sql) throws IOException {
    ConnectionSettings.ClickHouse settings = stack.settings().clickHouse();
    return clickHouse(settings.user(), settings.password(), sql);
  }

  private static String clickHouse(String user, String password, String sql) throws IOException {
    return HttpCall.send(
            "POST",
            stack.settings().clickHouse().url().resolve("/"),
            Map.of("X-ClickHouse-User", user, "X-ClickHouse-Key", password),
            sql)
        .strip();
  }

  private static URI s3(String method, String path) throws Exception {
    S3Server signer =
        new S3Server(
            options().build(),
            Ports.choose(StackState.read(HOME).ports(), Map.of()),
            Secrets.of(HOME),
            StackState.read(HOME));
    return signer.sign(method, path, Instant.now().plusSeconds(60));
  }
}
