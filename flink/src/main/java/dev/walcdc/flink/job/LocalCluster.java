package dev.walcdc.flink.job;

import java.net.URI;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/** A Flink cluster within this process, on 127.0.0.1, for all tables together. */
public final class LocalCluster implements AutoCloseable {

  private static final String HOST = "127.0.0.1";
  private static final MemorySize NETWORK = MemorySize.ofMebiBytes(64);
  private static final MemorySize MANAGED = MemorySize.ofMebiBytes(32);

  private final MiniCluster cluster;

  /**
   * Starts it.
   *
   * @param slots how many jobs it runs at once, each with parallelism 1
   */
  public LocalCluster(int slots) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.ADDRESS, HOST);
    configuration.set(RestOptions.BIND_ADDRESS, HOST);
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, NETWORK);
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, NETWORK);
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MANAGED);
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setCommonBindAddress(HOST)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    cluster.start();
  }

  /** What jobs need to be sent here. */
  public Configuration target() {
    URI rest = cluster.getRestAddress().join();
    Configuration target = new Configuration();
    target.set(DeploymentOptions.TARGET, "remote");
    target.set(RestOptions.ADDRESS, rest.getHost());
    target.set(RestOptions.PORT, rest.getPort());
    target.set(CoreOptions.DEFAULT_PARALLELISM, 1);
    return target;
  }

  /** Stops it and its jobs; their checkpoints stay. */
  @Override
  public void close() throws Exception {
    cluster.close();
  }
}
