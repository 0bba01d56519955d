package dev.walcdc.local;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a {@link LocalStack} runs and where. Immutable; made by {@link #builder(Path)}.
 *
 * @param home folder of data, logs, secrets and state of this one stack
 * @param serversFolder folder of unpacked servers, shared by all stacks of the machine
 * @param programsFolder folder with what Maven collected: {@code kafka}, {@code s3proxy} and {@code
 *     postgres}
 * @param ports fixed ports; a port that is absent is picked when the home is first used
 * @param servers the servers that {@link LocalStack#start()} starts
 * @param minimumFreeBytes least free space at the home, in bytes, to start at all
 * @param startTimeout how long one server may take to answer, without downloads
 * @param clickHouseMemoryBytes most memory that ClickHouse may take, in bytes
 * @param pythonCommand the Python that makes virtual environments
 * @param catalogsFolder folder of Trino's catalogs, one {@code *.properties} each
 * @param source the database that Trino reads as {@code postgres}; null for the stack's own
 */
public record LocalStackOptions(
    Path home,
    Path serversFolder,
    Path programsFolder,
    Map<Port, Integer> ports,
    Set<Server> servers,
    long minimumFreeBytes,
    Duration startTimeout,
    long clickHouseMemoryBytes,
    String pythonCommand,
    Path catalogsFolder,
    ConnectionSettings.Postgres source) {

  /** Copies the collections, makes the folders absolute and checks the numbers. */
  public LocalStackOptions {
    home = home.toAbsolutePath().normalize();
    serversFolder = serversFolder.toAbsolutePath().normalize();
    programsFolder = programsFolder.toAbsolutePath().normalize();
    catalogsFolder = catalogsFolder.toAbsolutePath().normalize();
    ports = Map.copyOf(ports);
    servers = Set.copyOf(servers);
    Objects.requireNonNull(startTimeout, "startTimeout");
    Objects.requireNonNull(pythonCommand, "pythonCommand");
    ports.forEach(
        (port, number) -> {
          if (number < 1 || number > 65535) {
            throw new StackException(
                "%d is no port for %s: give a number from 1 to 65535, or 0 to have one picked."
                    .formatted(number, port.key()));
          }
        });
  }

  /**
   * Begins options with the defaults of a repository: home {@code .wal-cdc}, servers folder {@code
   * .servers}, every server but those on request, free ports.
   *
   * @param repository the repository's root folder
   * @return a builder that is not safe for use by several threads
   */
  public static Builder builder(Path repository) {
    return new Builder(repository);
  }

  /** Collects options. */
  public static final class Builder {
    private static final long GIB = 1L << 30;

    private Path home;
    private Path serversFolder;
    private Path programsFolder;
    private final Map<Port, Integer> ports = new EnumMap<>(Port.class);
    private final Set<Server> servers = Server.standard();
    private long minimumFreeBytes = 2 * GIB;
    private Duration startTimeout = Duration.ofMinutes(2);
    private long clickHouseMemoryBytes = 2 * GIB;
    private String pythonCommand = "python3";
    private Path catalogsFolder;
    private ConnectionSettings.Postgres source;

    private Builder(Path repository) {
      home = repository.resolve(".wal-cdc");
      serversFolder = repository.resolve(".servers");
      programsFolder = repository.resolve("infra/local/servers");
      catalogsFolder = repository.resolve("trino/catalog");
    }

    /**
     * Sets the folder of data, logs, secrets and state.
     *
     * @param folder the folder; made when absent
     * @return this
     */
    public Builder home(Path folder) {
      home = folder;
      return this;
    }

    /**
     * Sets the folder of unpacked servers.
     *
     * @param folder the folder; made when absent
     * @return this
     */
    public Builder serversFolder(Path folder) {
      serversFolder = folder;
      return this;
    }

    /**
     * Sets the folder with what Maven collected.
     *
     * @param folder the folder that holds {@code kafka}, {@code s3proxy} and {@code postgres}
     * @return this
     */
    public Builder programsFolder(Path folder) {
      programsFolder = folder;
      return this;
    }

    /**
     * Fixes a port.
     *
     * @param port which
     * @param number 1 to 65535, or 0 to keep the home's own
     * @return this
     */
    public Builder port(Port port, int number) {
      if (number == 0) {
        ports.remove(port);
      } else {
        ports.put(port, number);
      }
      return this;
    }

    /**
     * Sets the servers that {@link LocalStack#start()} starts.
     *
     * @param wanted the servers, perhaps none
     * @return this
     */
    public Builder servers(Server... wanted) {
      return servers(Arrays.asList(wanted));
    }

    /**
     * Sets the servers that {@link LocalStack#start()} starts.
     *
     * @param wanted the servers, perhaps none
     * @return this
     */
    public Builder servers(Collection<Server> wanted) {
      servers.clear();
      servers.addAll(wanted);
      return this;
    }

    /**
     * Sets the least free space at the home.
     *
     * @param bytes bytes; 0 asks for none
     * @return this
     */
    public Builder minimumFreeBytes(long bytes) {
      minimumFreeBytes = bytes;
      return this;
    }

    /**
     * Sets how long one server may take to answer.
     *
     * @param timeout the time, without downloads
     * @return this
     */
    public Builder startTimeout(Duration timeout) {
      startTimeout = timeout;
      return this;
    }

    /**
     * Caps ClickHouse's memory.
     *
     * @param bytes bytes
     * @return this
     */
    public Builder clickHouseMemoryBytes(long bytes) {
      clickHouseMemoryBytes = bytes;
      return this;
    }

    /**
     * Sets the Python that makes virtual environments.
     *
     * @param command a command's name or path
     * @return this
     */
    public Builder pythonCommand(String command) {
      pythonCommand = command;
      return this;
    }

    /**
     * Sets the database that Trino reads as {@code postgres}.
     *
     * @param database the database, or null for the stack's own PostgreSQL
     * @return this
     */
    public Builder source(ConnectionSettings.Postgres database) {
      source = database;
      return this;
    }

    /**
     * Makes the options.
     *
     * @return the options
     * @throws StackException when a port is out of range
     */
    public LocalStackOptions build() {
      return new LocalStackOptions(
          home,
          serversFolder,
          programsFolder,
          ports,
          servers,
          minimumFreeBytes,
          startTimeout,
          clickHouseMemoryBytes,
          pythonCommand,
          catalogsFolder,
          source);
    }
  }
}
