package dev.walcdc.clickhouse;

import com.clickhouse.client.api.DataStreamWriter;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RowChange;
import dev.walcdc.failpoint.FailPoint;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Inserts row changes, straight from the batch onto the wire, in blocks of bounded size: one block
 * is one request, which ClickHouse makes visible as a whole. Safe to share.
 */
final class TableWriter {

  /** Bytes before compression; keeps a block of wide rows within what the server holds at once. */
  static final long MAX_BYTES_PER_INSERT = 64L << 20;

  private final ClickHouseServer server;
  private final int maxRows;

  /**
   * @param maxRows rows of one request at most
   */
  TableWriter(ClickHouseServer server, int maxRows) {
    this.server = server;
    this.maxRows = maxRows;
  }

  /**
   * Inserts all of them; when this returns they are queryable.
   *
   * @throws RefusedChangeException if the table cannot hold a value of one
   * @throws RefusedChangesException if it cannot hold values of several: it names all of them
   */
  void write(TableName table, RowBinaryEncoder encoder, List<RowChange> changes) {
    int start = 0;
    FailPoint.CLICKHOUSE_BEFORE_INSERT.reach();
    while (start < changes.size()) {
      if (start > 0) {
        FailPoint.CLICKHOUSE_BETWEEN_INSERTS.reach();
      }
      Block block = new Block(encoder, changes, start, Math.min(changes.size() - start, maxRows));
      try {
        server.insert(table, encoder.columns(), block);
      } catch (RefusedChangeException first) {
        throw allRefused(first, encoder, changes.subList(start, changes.size()));
      }
      start = block.end;
    }
    FailPoint.CLICKHOUSE_AFTER_INSERT.reach();
  }

  /** So that a batch with many of them fails once, and not once for each. */
  private static RuntimeException allRefused(
      RefusedChangeException first, RowBinaryEncoder encoder, List<RowChange> changes) {
    List<RefusedChangeException> refused = new ArrayList<>();
    RowBinaryOutput nowhere = new RowBinaryOutput(OutputStream.nullOutputStream());
    for (RowChange change : changes) {
      try {
        encoder.encode(change, nowhere);
      } catch (RefusedChangeException e) {
        refused.add(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return refused.isEmpty() ? first : RefusedChangesException.of(refused);
  }

  private static final class Block implements DataStreamWriter {

    private final RowBinaryEncoder encoder;
    private final List<RowChange> changes;
    private final int start;
    private final int limit;
    private int end;

    Block(RowBinaryEncoder encoder, List<RowChange> changes, int start, int rows) {
      this.encoder = encoder;
      this.changes = changes;
      this.start = start;
      this.limit = start + rows;
    }

    /** Begins at the block's first row each time, because the client may try a request again. */
    @Override
    public void onOutput(OutputStream stream) throws IOException {
      RowBinaryOutput out = new RowBinaryOutput(stream);
      encoder.encodeHeader(out);
      int next = start;
      while (next < limit && out.size() < MAX_BYTES_PER_INSERT) {
        encoder.encode(changes.get(next++), out);
      }
      out.flush();
      stream.close();
      end = next;
    }
  }
}
