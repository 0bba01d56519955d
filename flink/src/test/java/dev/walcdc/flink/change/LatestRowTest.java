package dev.walcdc.flink.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.functions.ProcessTableFunction;
import org.apache.flink.table.functions.TableSemantics;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;

/** What becomes of one key's row, change by change. */
class LatestRowTest {

  private static final DataType CHANGE =
      ChangeColumns.after(
          SqlColumns.parse("ROW<id BIGINT NOT NULL, name STRING, note STRING>").type());

  private final List<String> out = new ArrayList<>();
  private final Row state = new Row(CHANGE.getChildren().size() - 1);
  private final LatestRow function = new LatestRow();
  private ChangelogMode mode = ChangelogMode.upsert(false);

  LatestRowTest() {
    function.setCollector(
        new Collector<>() {
          @Override
          public void collect(Row row) {
            out.add(row.toString());
          }

          @Override
          public void close() {
            // Nothing is open.
          }
        });
  }

  @Test
  void theHigherVersionWinsWhateverComesLater() {
    apply(change(20, "b", "y"));
    apply(change(10, "a", "x"));

    assertThat(out).containsExactly("+I[b, y, 1, 0, 20]");
  }

  @Test
  void anEpochOutranksEveryLsn() {
    apply(change(20, "b", "y"));
    apply(change(10, "a", "x", ChangeColumns.EPOCH, 2));

    assertThat(out).containsExactly("+I[b, y, 1, 0, 20]", "+U[a, x, 2, 0, 10]");
  }

  @Test
  void theOrdinalTellsChangesOfOneLsnApart() {
    apply(change(10, "b", "y", ChangeColumns.ORDINAL, 1L));
    apply(change(10, "a", "x", ChangeColumns.ORDINAL, 0L));

    assertThat(out).containsExactly("+I[b, y, 1, 0, 10]");
  }

  @Test
  void aDeletedRowIsNotBroughtBackByItsInsertComingAgain() {
    apply(change(10, "a", "x"));
    apply(change(20, null, null, ChangeColumns.DELETED, true));
    apply(change(10, "a", "x"));

    assertThat(out).containsExactly("+I[a, x, 1, 0, 10]", "-D[a, x, 1, 0, 10]");
  }

  @Test
  void aDeletionOfARowThatWasNeverShownSaysNothing() {
    apply(change(20, null, null, ChangeColumns.DELETED, true));

    assertThat(out).isEmpty();
  }

  @Test
  void whatAnUpdateLeftOutIsTakenFromTheRowBefore() {
    apply(change(10, "a", "long"));
    apply(change(20, "b", null, ChangeColumns.UNCHANGED, new String[] {"note"}));
    apply(change(30, "c", null, ChangeColumns.UNCHANGED, new String[] {"note"}));

    assertThat(out).endsWith("+U[c, long, 1, 0, 30]");
  }

  @Test
  void aValueThatNobodyKnowsIsRefused() {
    assertThatThrownBy(
            () -> apply(change(20, "b", null, ChangeColumns.UNCHANGED, new String[] {"note"})))
        .hasRootCauseMessage(
            "An update of the row with key [7] left out [note], and the row before it is not on the"
                + " log. Set REPLICA IDENTITY FULL on the table, resync it, and begin it anew:"
                + " `flink-sql rebuild`");
    assertThat(out).isEmpty();
  }

  @Test
  void anErasedRowIsWhatALaterUpdateBuildsOnButIsNeverShown() {
    apply(change(10, "a", "long", ChangeColumns.ERASED, true));
    apply(change(20, "b", null, ChangeColumns.UNCHANGED, new String[] {"note"}));

    assertThat(out).containsExactly("+I[b, long, 1, 0, 20]");
  }

  @Test
  void theRowBeforeIsSaidWhereItIsAskedFor() {
    mode = ChangelogMode.all();
    apply(change(10, "a", "x"));
    apply(change(20, "b", "y"));

    assertThat(out)
        .containsExactly("+I[a, x, 1, 0, 10]", "-U[a, x, 1, 0, 10]", "+U[b, y, 1, 0, 20]");
  }

  private void apply(Row change) {
    function.eval(context(), state, change);
  }

  private static Row change(long lsn, String name, String note, Object... others) {
    Row row = Row.withPositions(RowKind.INSERT, CHANGE.getChildren().size());
    List<String> names = DataType.getFieldNames(CHANGE);
    Object[] values = {7L, name, note, 1, 0L, lsn, 0L, false, false, null};
    for (int i = 0; i < values.length; i++) {
      row.setField(i, values[i]);
    }
    for (int i = 0; i < others.length; i += 2) {
      row.setField(names.indexOf(others[i]), others[i + 1]);
    }
    return row;
  }

  private ProcessTableFunction.Context context() {
    TableSemantics table =
        proxy(TableSemantics.class, method -> method.equals("dataType") ? CHANGE : new int[] {0});
    return proxy(
        ProcessTableFunction.Context.class,
        method -> method.equals("getChangelogMode") ? mode : table);
  }

  private interface Answer {
    Object of(String method);
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answer.of(method.getName())));
  }
}
