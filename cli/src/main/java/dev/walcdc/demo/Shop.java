package dev.walcdc.demo;

import dev.walcdc.capture.source.SourceConnection;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small shop in the source database that sells day and night: users sign up and change, orders
 * are placed, shipped and cancelled. What it writes is made up; it is there to be watched.
 */
public final class Shop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Shop.class);
  private static final long PAUSE_MILLIS = 20;
  private static final String[] FIRST_NAMES = {
    "Ada", "Bela", "Chidi", "Dilan", "Emre", "Fatou", "Goran", "Hana", "Ines", "Jun", "Kofi", "Lena"
  };

  private final SourceConnection source;
  private final Random random = new Random();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          run -> {
            Thread thread = new Thread(run, "demo-shop");
            thread.setDaemon(true);
            return thread;
          });
  private Connection connection;

  private Shop(SourceConnection source) {
    this.source = source;
  }

  /**
   * Makes the shop's tables where they are missing.
   *
   * @throws SQLException if the source does not answer
   */
  public static Shop open(SourceConnection source) throws SQLException {
    Shop shop = new Shop(source);
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      statement.execute(resource("/shop.sql"));
    }
    return shop;
  }

  private static String resource(String name) {
    try (InputStream in = Shop.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("The shop's tables are not in this program", e);
    }
  }

  /** Opens the doors: about fifty transactions a second until it is closed. */
  public void startWorkload() {
    clock.scheduleWithFixedDelay(this::serve, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * One visit. A visit that fails is forgotten: the shop must survive a restart of its database.
   */
  private void serve() {
    try {
      if (connection == null || connection.isClosed()) {
        connection = source.open();
        connection.setAutoCommit(false);
      }
      visit();
      connection.commit();
    } catch (SQLException e) {
      LOG.debug("A visit failed: {}", e.getMessage());
      disconnect();
    }
  }

  private void visit() throws SQLException {
    int dice = random.nextInt(100);
    if (dice < 25) {
      signUp();
    } else if (dice < 60) {
      order();
    } else if (dice < 80) {
      ship();
    } else if (dice < 90) {
      execute("UPDATE app.users SET email = ? WHERE id = " + anyId("app.users"), email());
    } else if (dice < 97) {
      execute(
          "UPDATE app.products SET stock = stock + 10, price = price + 0.01 WHERE id = "
              + anyId("app.products"));
    } else {
      cancel();
    }
  }

  private void signUp() throws SQLException {
    String name = FIRST_NAMES[random.nextInt(FIRST_NAMES.length)];
    execute("INSERT INTO app.users (name, email) VALUES ('" + name + "', ?)", email());
  }

  private void order() throws SQLException {
    int lines = 1 + random.nextInt(4);
    execute(
        "WITH placed AS (INSERT INTO app.orders (user_id, status, total) VALUES ("
            + anyId("app.users")
            + ", 'placed', 0) RETURNING id), items AS (INSERT INTO app.order_items SELECT placed.id, line, p.id, 1 + p.id % 3, p.price FROM placed, generate_series(1, "
            + lines
            + ") line JOIN LATERAL (SELECT * FROM app.products ORDER BY random() + line LIMIT 1) p ON true RETURNING quantity * price AS amount) SELECT sum(amount) FROM items");
    execute(
        "UPDATE app.orders o SET total = (SELECT sum(quantity * price) FROM app.order_items i WHERE i.order_id = o.id) WHERE id = (SELECT max(id) FROM app.orders)");
  }

  private void ship() throws SQLException {
    execute(
        "UPDATE app.orders SET status = 'shipped', shipped_on = current_date WHERE id = "
            + anyId("app.orders"));
  }

  private void cancel() throws SQLException {
    long order =
        number(
            "SELECT coalesce((SELECT id FROM app.orders WHERE status = 'placed' ORDER BY id LIMIT 1), 0)");
    execute("DELETE FROM app.order_items WHERE order_id = " + order);
    execute("DELETE FROM app.orders WHERE id = " + order);
  }

  private String email() {
    return "customer%d@example.com".formatted(random.nextInt(1_000_000));
  }

  /** A row's id by chance, near enough: gaps fall on the next one. */
  private String anyId(String table) {
    return "coalesce((SELECT id FROM %s WHERE id >= (SELECT floor(random() * max(id)) FROM %s) ORDER BY id LIMIT 1), 1)"
        .formatted(table, table);
  }

  private long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private void execute(String sql, String... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      statement.execute();
    }
  }

  private void disconnect() {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      LOG.debug("Closing the shop's connection failed: {}", e.getMessage());
    }
    connection = null;
  }

  @Override
  public void close() {
    clock.shutdownNow();
    disconnect();
  }
}
