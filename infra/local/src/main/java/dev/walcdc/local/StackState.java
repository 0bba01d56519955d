package dev.walcdc.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a home remembers: the ports, and the processes that run. Kept in a file with mode 600,
 * written as a whole at every change. Safe for use by several threads of the one process that holds
 * the home.
 */
final class StackState {
  static final String FILE = "stack.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Map<Port, Integer> ports = new EnumMap<>(Port.class);
  private final Map<Server, ProcessIdentity> processes = new EnumMap<>(Server.class);

  private StackState(Path file) {
    this.file = file;
  }

  /** Reads the state of a home; an empty one when there is none yet. */
  static StackState read(Path home) {
    StackState state = new StackState(home.resolve(FILE));
    if (!Files.exists(state.file)) {
      return state;
    }
    try {
      JsonNode root = JSON.readTree(Files.readString(state.file));
      for (Port port : Port.values()) {
        JsonNode number = root.path("ports").path(port.key());
        if (number.isInt()) {
          state.ports.put(port, number.intValue());
        }
      }
      for (Server server : Server.values()) {
        JsonNode process = root.path("processes").path(server.key());
        if (process.path("pid").isIntegralNumber()) {
          state.processes.put(
              server,
              new ProcessIdentity(
                  process.get("pid").longValue(), process.path("started").asText()));
        }
      }
      return state;
    } catch (IOException e) {
      throw new StackException(
          ("The state of this stack, %s, cannot be read (%s): delete the file, after you have ended"
                  + " servers that still run; new ports are then picked.")
              .formatted(state.file, e.getMessage()),
          e);
    }
  }

  synchronized Map<Port, Integer> ports() {
    return Map.copyOf(ports);
  }

  synchronized void ports(Map<Port, Integer> chosen) {
    ports.clear();
    ports.putAll(chosen);
    write();
  }

  synchronized Map<Server, ProcessIdentity> processes() {
    return Map.copyOf(processes);
  }

  synchronized Optional<ProcessIdentity> process(Server server) {
    return Optional.ofNullable(processes.get(server));
  }

  synchronized void started(Server server, ProcessIdentity process) {
    processes.put(server, process);
    write();
  }

  synchronized void ended(Server server) {
    if (processes.remove(server) != null) {
      write();
    }
  }

  private void write() {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode portsNode = root.putObject("ports");
    ports.forEach((port, number) -> portsNode.put(port.key(), number));
    ObjectNode processesNode = root.putObject("processes");
    processes.forEach(
        (server, p) ->
            processesNode.putObject(server.key()).put("pid", p.pid()).put("started", p.started()));
    PrivateFiles.write(file, root.toPrettyString() + "\n");
  }
}
