package dev.walcdc.local;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** ClickHouse: the genuine server, run by a small launcher in Python. */
final class ClickHouseServer extends LocalServer {
  static final String USER = "walcdc";
  static final String DATABASE = "cdc";

  static final PythonPackage PACKAGE =
      new PythonPackage("ClickHouse's server", "clickhouse", "chdb-core", "26.9.0", "chdb");

  private Path python;

  ClickHouseServer(LocalStackOptions options, Ports ports, Secrets secrets, StackState state) {
    super(Server.CLICKHOUSE, options, ports, secrets, state);
  }

  @Override
  void prepare() throws Exception {
    python = PACKAGE.install(options, log("clickhouse-install"));
    PrivateFiles.write(launcher(), PrivateFiles.resource("clickhouse_launcher.py"));
    PrivateFiles.write(
        folder().resolve("config.xml"),
        PrivateFiles.resource("clickhouse-config.xml")
            .replace("@HTTP_PORT@", Integer.toString(ports.get(Port.CLICKHOUSE_HTTP)))
            .replace("@TCP_PORT@", Integer.toString(ports.get(Port.CLICKHOUSE_NATIVE)))
            .replace("@MEMORY@", Long.toString(options.clickHouseMemoryBytes())));
    byte[] hash =
        MessageDigest.getInstance("SHA-256")
            .digest(secrets.clickHousePassword().getBytes(StandardCharsets.UTF_8));
    PrivateFiles.write(
        folder().resolve("users.xml"),
        PrivateFiles.resource("clickhouse-users.xml")
            .replace("@USER@", USER)
            .replace("@PASSWORD_SHA256@", HexFormat.of().formatHex(hash)));
  }

  @Override
  List<String> command() {
    // -I: neither the environment nor the user's own packages have a say.
    return List.of(python.toString(), "-I", launcher().toString(), folder().toString());
  }

  @Override
  void probe() throws Exception {
    query("SELECT 1");
    connect(Port.CLICKHOUSE_NATIVE);
  }

  @Override
  void initialize() throws Exception {
    // Its "default" database shows files of the working folder instead of tables.
    query("CREATE DATABASE IF NOT EXISTS " + DATABASE);
  }

  private void query(String sql) throws Exception {
    HttpCall.send(
        "POST",
        URI.create(
            "http://%s:%d/".formatted(ConnectionSettings.HOST, ports.get(Port.CLICKHOUSE_HTTP))),
        Map.of("X-ClickHouse-User", USER, "X-ClickHouse-Key", secrets.clickHousePassword()),
        sql);
  }

  private Path launcher() {
    return folder().resolve("clickhouse_launcher.py");
  }
}
