package dev.walcdc.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** The port numbers of one stack. Immutable. */
final class Ports {
  // Below the range that systems take ports of outgoing connections from (32768 on Linux, 49152 on
  // macOS): there, a client that knocks at a server which is down can take its port, or even
  // connect to itself.
  private static final int LOWEST = 20_000;
  private static final int HIGHEST = 32_000;
  private static final int TRIES = 1_000;

  private final Map<Port, Integer> numbers;

  private Ports(Map<Port, Integer> numbers) {
    this.numbers = numbers;
  }

  /**
   * Gives every port a number: the fixed one, else the remembered one, else one that is free now.
   */
  static Ports choose(Map<Port, Integer> fixed, Map<Port, Integer> remembered) {
    Map<Port, Integer> numbers = new EnumMap<>(Port.class);
    numbers.putAll(remembered);
    numbers.putAll(fixed);
    Map<Integer, Port> taken = new HashMap<>();
    // Fixed ones first: a remembered number that collides with one gives way.
    fixed.forEach(
        (port, number) -> {
          Port other = taken.putIfAbsent(number, port);
          if (other != null) {
            throw new StackException(
                "Port %d is given to both %s and %s: give one of them another."
                    .formatted(number, other.key(), port.key()));
          }
        });
    numbers
        .entrySet()
        .removeIf(
            e ->
                !fixed.containsKey(e.getKey())
                    && taken.putIfAbsent(e.getValue(), e.getKey()) != null);
    Set<Integer> avoid = new HashSet<>(taken.keySet());
    for (Port port : Port.values()) {
      if (!numbers.containsKey(port)) {
        int number = anyFree(avoid);
        avoid.add(number);
        numbers.put(port, number);
      }
    }
    return new Ports(numbers);
  }

  int get(Port port) {
    return numbers.get(port);
  }

  Map<Port, Integer> numbers() {
    return Map.copyOf(numbers);
  }

  /**
   * Makes sure that a server can listen.
   *
   * @throws StackException when one of its ports is in use
   */
  void requireFree(Server server) {
    for (Port port : Port.of(server)) {
      int number = get(port);
      if (!isFree(number)) {
        throw new StackException(
            ("Port %d on 127.0.0.1, which %s needs, is in use by another program: stop that program,"
                    + " or give the stack another number for the port \"%s\".")
                .formatted(number, server.title(), port.key()));
      }
    }
  }

  /** A port that is free now, of the range that a stack takes its own from. */
  static int anyFree(Set<Integer> avoid) {
    for (int i = 0; i < TRIES; i++) {
      int number = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      if (!avoid.contains(number) && isFree(number)) {
        return number;
      }
    }
    throw new StackException(
        "No free port was found between %d and %d on 127.0.0.1: give the stack fixed ports."
            .formatted(LOWEST, HIGHEST));
  }

  /** The address that every server listens on. */
  static InetAddress address() {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // only for an address of another length
    }
  }

  private static boolean isFree(int number) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // as the servers do: connections that linger do not count
      socket.bind(new InetSocketAddress(address(), number));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
