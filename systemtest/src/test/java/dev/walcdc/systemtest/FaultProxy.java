package dev.walcdc.systemtest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands before an HTTP server and passes bytes on as they are (so signatures stay valid), slowly
 * or not at all, as it is told. Works on 127.0.0.1 only.
 */
final class FaultProxy implements AutoCloseable {

  /** What happens to requests from now on. */
  enum Weather {
    /** All is passed on. */
    FAIR,
    /** Half of the pieces of data wait. */
    SLOW,
    /** Half of the connections are answered 503, with nothing passed on. */
    FAILING,
    /** Connections break at any place, in a request or in its answer. */
    BREAKING
  }

  private static final byte[] REFUSAL =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);
  private static final Duration DELAY = Duration.ofMillis(400);

  private final ServerSocket listener;
  private final InetSocketAddress target;
  private final Random random;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          run -> {
            Thread thread = new Thread(run, "fault-proxy");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Weather weather = Weather.FAIR;

  FaultProxy(URI server, long seed) {
    this.random = new Random(seed);
    this.target = new InetSocketAddress(server.getHost(), server.getPort());
    try {
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.execute(this::accept);
  }

  /** Where clients are to connect to instead of the server. */
  URI endpoint() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** From here on; connections that are open begin anew, so that no client is left out. */
  void set(Weather next) {
    weather = next;
    open.forEach(FaultProxy::close);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        threads.execute(() -> serve(client));
      } catch (IOException e) {
        return; // It was closed.
      }
    }
  }

  private void serve(Socket client) {
    open.add(client);
    try (client;
        Socket server = new Socket()) {
      if (weather == Weather.FAILING && chance(2)) {
        refuse(client);
        return;
      }
      open.add(server);
      server.connect(target);
      threads.execute(() -> pump(server, client));
      pump(client, server);
      open.remove(server);
    } catch (IOException e) {
      // One of both has gone: the other learns of it by the closing.
      close(client);
    } finally {
      open.remove(client);
    }
  }

  /** Reads a little of the request first: a client that is refused before it spoke tells nobody. */
  private static void refuse(Socket client) throws IOException {
    InputStream in = new BufferedInputStream(client.getInputStream());
    if (in.read(new byte[4096]) >= 0) {
      client.getOutputStream().write(REFUSAL);
      client.getOutputStream().flush();
      client.shutdownOutput();
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] buffer = new byte[1 << 14];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        if (weather == Weather.BREAKING && chance(4)) {
          return;
        }
        if (weather == Weather.SLOW && chance(2)) {
          LockSupport.parkNanos(DELAY.toNanos());
        }
        out.write(buffer, 0, count);
        out.flush();
      }
    } catch (IOException e) {
      // As in serve().
      close(to);
    }
  }

  private boolean chance(int oneIn) {
    synchronized (random) {
      return random.nextInt(oneIn) == 0;
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      open.forEach(FaultProxy::close);
      threads.shutdownNow();
      threads.awaitTermination(10, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
