package dev.walcdc.changelog;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RefusedChangesException.Refusal;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * A sink of tables with columns {@code id} and {@code body}, in memory: the last change of a key
 * wins by its place on the log, unchanged values come from its own rows. It refuses what a test
 * tells it to.
 */
final class ModelTable implements Processor {

  /** Says which bodies it cannot hold. */
  interface Taste {
    boolean refuses(Object body);
  }

  private final Map<Long, Object> rows = new TreeMap<>();

  /** Rows of which the log says that the sink did not have them. */
  final List<Long> madeRows = new CopyOnWriteArrayList<>();

  volatile Taste taste = "bad"::equals;
  volatile RuntimeException down;
  volatile int applied;

  @Override
  public synchronized void process(Exchange exchange) {
    ChangeBatch batch = exchange.getMessage().getBody(ChangeBatch.class);
    List<Refusal> refusals = new ArrayList<>();
    List<Long> made = new ArrayList<>();
    Map<Long, Object> next = new TreeMap<>(rows);
    if (!batch.erasures().isEmpty()) {
      next.clear();
    }
    for (RowChange change : batch.changes()) {
      Long id = Long.valueOf(change.row()[0].toString());
      Object body = change.isDelete() ? null : change.row()[1];
      if (body == Unchanged.TOAST) {
        body = next.get(id);
        if (body == null) {
          refusals.add(Refusal.of(change, "no row to complete it from"));
          continue;
        }
      }
      if (taste.refuses(body)) {
        refusals.add(Refusal.of(change, "body out of range"));
      } else if (change.isDelete()) {
        next.remove(id);
      } else {
        next.put(id, body);
        if (change.since().operation() == Operation.CREATE) {
          made.add(id);
        }
      }
    }
    if (!refusals.isEmpty()) {
      throw new RefusedChangesException(refusals);
    }
    if (down != null) {
      throw down;
    }
    rows.clear();
    rows.putAll(next);
    madeRows.addAll(made);
    applied++;
  }

  synchronized Map<Long, Object> rows() {
    return new TreeMap<>(rows);
  }
}
