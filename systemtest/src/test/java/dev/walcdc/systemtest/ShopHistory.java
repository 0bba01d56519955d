package dev.walcdc.systemtest;

import dev.walcdc.capture.source.SourceConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;

/**
 * Random changes of the demo shop's tables by a seed, of the kinds that its own workload has not:
 * keys that change, keys that come back, lines without an order, lines that move to another, odd
 * names, large numbers, orders of other years.
 */
final class ShopHistory {

  private static final String[] NAMES = {
    "O''Neill", "", " ", "Zoë", "北京", "tab\there", "back\\slash", "quote\"", "NULL", "🙂"
  };

  private final SourceConnection source;
  private final Random random;

  /**
   * @param seed fixes all that is done, as long as nobody else changes the shop
   */
  ShopHistory(SourceConnection source, long seed) {
    System.out.printf("Shop history with seed %d%n", seed);
    this.source = source;
    this.random = new Random(seed);
  }

  /** Does so many transactions of one to three statements each, and rolls some back. */
  void run(int transactions) throws SQLException {
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < transactions; i++) {
        for (int n = random.nextInt(3); n >= 0; n--) {
          statement.execute(change());
        }
        if (random.nextInt(10) == 0) {
          connection.rollback();
        } else {
          connection.commit();
        }
      }
    }
  }

  private String change() {
    return switch (random.nextInt(17)) {
      case 0, 1 ->
          "INSERT INTO app.users (id, name, email) SELECT coalesce(max(id), 0) + 1, '%s', '%d@example.com' FROM app.users"
              .formatted(name(), random.nextInt(1000));
      case 2 ->
          "UPDATE app.users SET name = '%s' WHERE id = %s".formatted(name(), some("app.users"));
      case 3 -> // the key moves
          "UPDATE app.users SET id = (SELECT max(id) + 1 FROM app.users) WHERE id = "
              + some("app.users");
      case 4 -> "DELETE FROM app.users WHERE id = " + some("app.users");
      case 5 -> // a key comes back, in its own transaction or in a later one
          "INSERT INTO app.users (id, name, email) SELECT n, '%s', 'back@example.com' FROM generate_series(1, 400) n WHERE n NOT IN (SELECT id FROM app.users) ORDER BY n DESC LIMIT 2"
              .formatted(name());
      case 6 ->
          "INSERT INTO app.products (name, description, price, stock) VALUES ('%s', 'new', %s, %d)"
              .formatted(name(), price(), random.nextInt());
      case 7 ->
          "UPDATE app.products SET price = %s, stock = stock / 2 WHERE id = %s"
              .formatted(price(), some("app.products"));
      case 8 -> "UPDATE app.products SET id = DEFAULT WHERE id = " + some("app.products");
      case 9 -> // but for the last ones
          "DELETE FROM app.products WHERE (SELECT count(*) FROM app.products) > 5 AND id = "
              + some("app.products");
      case 10 ->
          "INSERT INTO app.orders (user_id, status, total, placed_at) VALUES (%d, 'placed', %s, timestamptz '2024-02-28 23:59:59.999999+00' + interval '1 second' * %d)"
              .formatted(random.nextInt(500), price(), random.nextInt(100_000_000));
      case 11 ->
          "UPDATE app.orders SET status = 'shipped', shipped_on = date '2024-02-28' + %d, total = total + 0.01 WHERE id = %s"
              .formatted(random.nextInt(1000), some("app.orders"));
      case 12 -> "DELETE FROM app.orders WHERE id = " + some("app.orders"); // its lines stay
      case 13 -> "UPDATE app.orders SET id = DEFAULT WHERE id = " + some("app.orders");
      case 14 ->
          "INSERT INTO app.order_items SELECT %s, coalesce(max(line), 0) + 1, %d, %d, %s FROM app.order_items"
              .formatted(some("app.orders"), random.nextInt(12), random.nextInt(5), price());
      case 15 -> // a line of one order becomes another's
          "UPDATE app.order_items SET order_id = %s, line = (SELECT max(line) + 1 FROM app.order_items), quantity = quantity + 1 WHERE (order_id, line) = (SELECT order_id, line FROM app.order_items ORDER BY md5(order_id || '/' || line || '%d') LIMIT 1)"
              .formatted(some("app.orders"), random.nextInt());
      default ->
          "DELETE FROM app.order_items WHERE (order_id, line) IN (SELECT order_id, line FROM app.order_items ORDER BY md5(order_id || '/' || line || '%d') LIMIT 3)"
              .formatted(random.nextInt());
    };
  }

  private String name() {
    return NAMES[random.nextInt(NAMES.length)];
  }

  private String price() {
    return random.nextInt(5) == 0 ? "99999999.99" : random.nextInt(100_000) + ".05";
  }

  /** One of the rows, by the seed and by what is there. */
  private String some(String table) {
    return "(SELECT id FROM %s ORDER BY md5(id || '/%d') LIMIT 1)"
        .formatted(table, random.nextInt());
  }
}
