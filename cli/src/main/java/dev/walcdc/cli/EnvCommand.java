package dev.walcdc.cli;

import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.Server;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code wal-cdc env}: how to reach the servers, for a shell. */
@Command(
    name = "env",
    description =
        "Prints the settings of every server as `export` lines: eval \"$(./wal-cdc env)\".")
final class EnvCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Override
  public Integer call() {
    Home home = homeOption.home();
    Map<String, String> variables = variables(home.settings());
    if (LocalStack.isRunning(home.folder(), Server.TRINO)) {
      variables.put("TRINO_URL", home.settings().trino().url().toString());
    }
    home.pipeline()
        .ifPresent(
            run -> {
              run.parts().forEach(part -> put(part, variables));
              if (run.searchPort() != null) {
                variables.put("SEARCH_URL", run.searchService().toString());
              }
            });
    PrintWriter out = spec.commandLine().getOut();
    variables.forEach(
        (name, value) -> out.printf("export %s='%s'%n", name, value.replace("'", "'\\''")));
    return WalCdc.OK;
  }

  /** Where a process of the pipeline shows its health and metrics. */
  private static void put(Run.Part part, Map<String, String> variables) {
    variables.put(
        part.name().toUpperCase(Locale.ROOT).replace('-', '_') + "_URL",
        "http://127.0.0.1:%d/observe".formatted(part.managementPort()));
  }

  /** Named as each server's own tools read them, where they read any. */
  private static Map<String, String> variables(ConnectionSettings servers) {
    Map<String, String> variables = new LinkedHashMap<>();
    ConnectionSettings.Postgres source = servers.postgres();
    variables.put("PGHOST", source.host());
    variables.put("PGPORT", Integer.toString(source.port()));
    variables.put("PGDATABASE", source.database());
    variables.put("PGUSER", source.user());
    variables.put("PGPASSWORD", source.password());
    variables.put("KAFKA_BROKERS", servers.kafka().bootstrapServers());
    variables.put("CLICKHOUSE_URL", servers.clickHouse().url().toString());
    variables.put("CLICKHOUSE_NATIVE_PORT", Integer.toString(servers.clickHouse().nativePort()));
    variables.put("CLICKHOUSE_USER", servers.clickHouse().user());
    variables.put("CLICKHOUSE_PASSWORD", servers.clickHouse().password());
    variables.put("AWS_ENDPOINT_URL_S3", servers.s3().endpoint().toString());
    variables.put("AWS_REGION", servers.s3().region());
    variables.put("AWS_ACCESS_KEY_ID", servers.s3().accessKey());
    variables.put("AWS_SECRET_ACCESS_KEY", servers.s3().secretKey());
    variables.put("ICEBERG_WAREHOUSE", "s3://" + servers.s3().bucket() + "/warehouse");
    variables.put("ICEBERG_CATALOG_URI", servers.catalog().jdbcUrl());
    variables.put("ICEBERG_CATALOG_USER", servers.catalog().user());
    variables.put("ICEBERG_CATALOG_PASSWORD", servers.catalog().password());
    return variables;
  }
}
