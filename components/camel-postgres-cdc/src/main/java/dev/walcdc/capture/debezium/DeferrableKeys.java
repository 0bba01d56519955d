package dev.walcdc.capture.debezium;

import dev.walcdc.capture.resync.RereadRequests;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.connect.data.Struct;

/**
 * Notices where the order of the stream does not say whether a row is there. Two rows may have one
 * deferrable key until their transaction ends, as in {@code UPDATE t SET id = id + 1}: the row that
 * comes to a key is streamed before the one that leaves it, and nobody can tell that from a row
 * that was made and deleted again. So the table is read again. Used by one thread.
 */
final class DeferrableKeys {

  /** So many keys of one transaction are remembered; of more, every deletion is a doubt. */
  private static final int MOST_KEYS = 100_000;

  private static final String REASON =
      "a transaction gave rows a key that another row still had, for the key is deferrable";

  private final RereadRequests requests;
  private final EnvelopeWriter writer = new EnvelopeWriter();
  private final Set<String> made = new HashSet<>();
  private long transaction;

  /**
   * @param requests told of each table once a transaction, at least
   */
  DeferrableKeys(RereadRequests requests) {
    this.requests = requests;
  }

  /** The next change of a table with a deferrable key. */
  void pass(SourceRow row) {
    if (row.txId() == null || row.txId() != transaction) {
      made.clear();
      transaction = row.txId() == null ? 0 : row.txId();
    }
    if (row.op().equals("c") && made.size() < MOST_KEYS) {
      made.add(key(row));
    } else if (row.op().equals("d") && (made.size() == MOST_KEYS || made.contains(key(row)))) {
      made.clear();
      requests.readAgain(row.name(), REASON);
    }
  }

  private String key(SourceRow row) {
    byte[] key = writer.write((Struct) row.record().key());
    return row.name() + new String(key, StandardCharsets.UTF_8);
  }
}
