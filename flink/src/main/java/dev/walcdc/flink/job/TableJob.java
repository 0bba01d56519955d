package dev.walcdc.flink.job;

import dev.walcdc.flink.change.KnownErasures;
import dev.walcdc.flink.change.ReadChange;
import dev.walcdc.flink.lake.LakeTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableConfig;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.SinkModifyOperation;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.flink.FlinkCatalog;

/**
 * The job of one table: its statements are run, but for the INSERT, which is the job. What was
 * submitted does not need it any more.
 */
public final class TableJob implements AutoCloseable {

  private final String table;
  private final Settings settings;
  private final TableEnvironment environment;
  private final String insert;
  private final FlinkCatalog catalog;
  private final TableIdentifier target;

  private TableJob(
      String table,
      Settings settings,
      TableEnvironment environment,
      String insert,
      ObjectIdentifier target) {
    this.table = table;
    this.settings = settings;
    this.environment = environment;
    this.insert = insert;
    this.target =
        TableIdentifier.of(Namespace.of(target.getDatabaseName()), target.getObjectName());
    this.catalog =
        environment
            .getCatalog(target.getCatalogName())
            .filter(FlinkCatalog.class::isInstance)
            .map(FlinkCatalog.class::cast)
            .orElseThrow(
                () ->
                    new StartRefusedException(
                        "The INSERT of table `%s` does not go to an Iceberg catalog"
                            .formatted(table)));
  }

  /**
   * Runs the statements of a table's files but the INSERT; those of one table at a time, for of two
   * that make the namespace at once one fails.
   *
   * @param cluster where jobs go to; empty for the cluster that started this program
   * @throws StartRefusedException if the files do not make a job
   */
  public static synchronized TableJob prepare(
      SqlFolder folder, String table, Settings settings, Configuration cluster) {
    SqlFile common = folder.common(settings);
    SqlFile own = folder.table(table, settings);
    Configuration configuration = new Configuration(cluster);
    configuration.addAll(Configuration.fromMap(common.settings()));
    configuration.addAll(Configuration.fromMap(own.settings()));
    configuration.set(PipelineOptions.NAME, table);
    TableEnvironment environment =
        TableEnvironment.create(
            EnvironmentSettings.newInstance().withConfiguration(configuration).build());
    common.statements().forEach(environment::executeSql);
    List<String> statements = own.statements();
    statements.subList(0, statements.size() - 1).forEach(environment::executeSql);
    String insert = statements.get(statements.size() - 1);
    return new TableJob(table, settings, environment, insert, target(environment, table, insert));
  }

  private static ObjectIdentifier target(TableEnvironment environment, String table, String sql) {
    List<Operation> operations = ((TableEnvironmentInternal) environment).getParser().parse(sql);
    if (operations.size() == 1 && operations.get(0) instanceof SinkModifyOperation insert) {
      return insert.getContextResolvedTable().getIdentifier();
    }
    throw new StartRefusedException(
        "The last statement of the SQL file of table `%s` is no INSERT".formatted(table));
  }

  /** The Iceberg table, which the files have created if there was none. */
  public LakeTable lake() {
    return LakeTable.load(catalog.catalog(), target);
  }

  /** Where the checkpoints of this very table are: another one of its name has other ones. */
  private String checkpoints(LakeTable lake) {
    return "%s/%s/%s".formatted(settings.checkpoints(), table, lake.id());
  }

  /**
   * Starts the job where it is to begin.
   *
   * @param said takes a sentence that says where that is
   * @throws StartRefusedException if it is not to be started
   * @throws dev.walcdc.flink.lake.OtherWriterException if another program writes the table
   */
  public JobClient submit(Consumer<String> said) {
    LakeTable lake = lake();
    String folder = checkpoints(lake);
    Optional<Checkpoint> from = JobStart.decide(table, lake, Checkpoint.newest(folder), folder);
    if (from.isEmpty()) {
      KnownErasures erasures = LogErasures.on(table, settings);
      lake.begin(erasures.toText());
      LogOffsets.begin(settings, table);
    }
    TableConfig config = environment.getConfig();
    config.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder);
    from.ifPresent(
        checkpoint -> {
          config.set(StateRecoveryOptions.SAVEPOINT_PATH, checkpoint.path());
          config.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
        });
    Map<String, String> parameters = new HashMap<>();
    parameters.put(ReadChange.BROKERS, settings.brokers().brokers());
    parameters.put(ReadChange.SCHEMAS_TOPIC, settings.schemasTopic());
    parameters.put(ReadChange.ERASURES, lake().erasures());
    config.set(PipelineOptions.GLOBAL_JOB_PARAMETERS, parameters);
    JobClient job = environment.executeSql(insert).getJobClient().orElseThrow();
    said.accept(
        from.map(checkpoint -> "goes on from checkpoint " + checkpoint.number())
                .orElse("begins with the log")
            + " and writes "
            + target);
    return job;
  }

  /** Drops the Iceberg table and the job's checkpoints, so that the next start is from nothing. */
  public void forget() {
    LakeTable lake = lake();
    Checkpoint.forget(checkpoints(lake));
    lake.drop();
  }

  /** Closes its connections to the lake. */
  @Override
  public void close() {
    catalog.close();
  }
}
