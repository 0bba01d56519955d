package dev.walcdc.verify;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.changelog.TopicStretch;
import dev.walcdc.log.TopicNames;
import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import dev.walcdc.verify.VerifyReport.Moment;
import dev.walcdc.verify.WrongRows.Wrong;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** One try to compare one table exactly with all sinks. */
final class ExactTable {

  private static final int LONGEST_TEXT = 200;

  private final PostgresRows postgres;
  private final List<PlacedSink> sinks;
  private final LogAccess log;
  private final CaptureProgress capture;
  private final Deadline deadline;

  ExactTable(PostgresRows postgres, List<PlacedSink> sinks, LogAccess log, Deadline deadline) {
    this.postgres = postgres;
    this.sinks = sinks;
    this.log = log;
    this.capture = new CaptureProgress(log);
    this.deadline = deadline;
  }

  /**
   * What was found.
   *
   * @param report for people
   * @param wrong what is wrong, by the sinks' names
   * @param plan what was compared
   */
  record Result(VerifyReport.Table report, Map<String, WrongRows> wrong, TablePlan plan) {}

  /**
   * Compares.
   *
   * @throws UndecidedException if it has to be tried again
   */
  Result compare(TableName table) {
    long began = System.nanoTime();
    String topicName = TopicNames.of(log.topicPrefix(), table.schema(), table.table());
    try (TopicStretch topic = new TopicStretch(log.brokers(), topicName)) {
      LogBegin begin = LogBegin.open(postgres, capture, topic, table, deadline);
      try (SourceMoment moment = begin.moment()) {
        LogWindow window = new LogWindow(log, topic, begin);
        ExactComparison comparison = new ExactComparison(moment, window);
        CaptureState past = capture.awaitPast(moment, begin.state().epoch(), deadline);
        refuseWhileReadAgain(moment.plan(), past);
        Map<Integer, Long> behind = past.nextOffsets().get(topicName);
        if (behind == null || !window.ends().keySet().containsAll(behind.keySet())) {
          throw new UndecidedException("capture was making its topic `%s`".formatted(topicName));
        }
        Map<String, WrongRows> wrong = new LinkedHashMap<>();
        List<VerifyReport.Sink> reports = new ArrayList<>();
        Map<String, VerifyReport.Place> places = new LinkedHashMap<>();
        for (PlacedSink sink : sinks) {
          reports.add(compare(sink, topicName, behind, comparison, window, moment, wrong, places));
        }
        Moment at =
            new Moment(
                moment.snapshotText(),
                moment.lsnText(),
                moment.rowsRead(),
                window.records(),
                places);
        return new Result(
            new VerifyReport.Table(
                table.toString(),
                comparison.rows(),
                moment.plan().key().stream().map(ComparedColumn::name).toList(),
                reports,
                at,
                (System.nanoTime() - began) / 1e9),
            wrong,
            moment.plan());
      }
    }
  }

  /** Of a table without a key the sinks hold every row twice until the fence. */
  private static void refuseWhileReadAgain(TablePlan plan, CaptureState state) {
    boolean reading =
        state.resyncs().stream()
            .anyMatch(job -> !job.isEnded() && job.table().equals(plan.table()));
    if (reading && !plan.hasKey()) {
      throw new UndecidedException("it has no key and is being read again");
    }
  }

  private VerifyReport.Sink compare(
      PlacedSink sink,
      String topic,
      Map<Integer, Long> behind,
      ExactComparison comparison,
      LogWindow window,
      SourceMoment moment,
      Map<String, WrongRows> wrong,
      Map<String, VerifyReport.Place> places) {
    TablePlan plan = moment.plan();
    try {
      awaitApplied(sink, plan, topic, behind, window);
      ExactComparison.Outcome outcome = comparison.compare(() -> sink.place(plan, topic));
      WrongRows found = outcome.wrong();
      wrong.put(sink.name(), found);
      places.put(
          sink.name(),
          new VerifyReport.Place(
              new TreeMap<>(outcome.range().from()),
              new TreeMap<>(outcome.range().to()),
              outcome.ranges(),
              outcome.differing()));
      long notAgreeing = found.count() - found.extra();
      return new VerifyReport.Sink(
          sink.name(),
          outcome.rows(),
          Math.max(0, comparison.rows() - notAgreeing),
          found.count() + found.rangesLeft(),
          describe(plan, moment, found),
          remark(sink, plan, found),
          null);
    } catch (SinkFailure e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return new VerifyReport.Sink(sink.name(), 0, 0, 0, List.of(), null, e.getMessage());
    }
  }

  private static String remark(PlacedSink sink, TablePlan plan, WrongRows found) {
    if (found.rangesLeft() > 0) {
      return "%d more ranges differ that were not looked at row by row; each counts as one row"
          .formatted(found.rangesLeft());
    }
    return sink.hasTable(plan) ? null : "%s does not exist".formatted(sink.tableName(plan));
  }

  /** Waits until the sink holds all that the moment shows. */
  private void awaitApplied(
      PlacedSink sink, TablePlan plan, String topic, Map<Integer, Long> behind, LogWindow window) {
    while (true) {
      SortedMap<Integer, Long> applied = sink.place(plan, topic).applied();
      boolean reached =
          behind.entrySet().stream()
              .allMatch(next -> applied.getOrDefault(next.getKey(), 0L) >= next.getValue());
      // Marks of Kafka's transactions have offsets, and are no records that a sink could apply.
      if (reached || window.isNothingBetween(applied, behind)) {
        return;
      }
      if (deadline.isOver()) {
        throw new SinkFailure(
            "%s did not come to offsets %s of topic `%s` within %d s, it is at %s. Check that the sink runs and follows (`wal-cdc status`)"
                .formatted(
                    sink.tableName(plan),
                    new TreeMap<>(behind),
                    topic,
                    deadline.length().toSeconds(),
                    applied),
            null);
      }
      deadline.pause();
    }
  }

  private static List<Difference> describe(TablePlan plan, SourceMoment moment, WrongRows wrong) {
    Map<RowKey, Wrong> first = new LinkedHashMap<>();
    wrong.byKey().entrySet().stream()
        .limit(Comparison.MOST_REPORTED)
        .forEach(entry -> first.put(entry.getKey(), entry.getValue()));
    Map<RowKey, long[]> rows = new LinkedHashMap<>();
    if (plan.hasKey()) {
      List<RowKey> unknown =
          first.entrySet().stream()
              .filter(entry -> entry.getValue().kind() == Kind.DIFFERENT)
              .filter(entry -> entry.getValue().expected() == null)
              .map(Map.Entry::getKey)
              .toList();
      moment.find(unknown, row -> rows.put(row.key(plan.keyColumns()), row.columnHashes()));
    }
    List<Difference> differences = new ArrayList<>();
    first.forEach(
        (key, each) -> {
          long[] expected = each.expected() != null ? each.expected() : rows.get(key);
          differences.add(
              new Difference(
                  each.kind(),
                  text(plan, key, each),
                  each.kind() == Kind.DIFFERENT
                      ? differing(plan, expected, each.found())
                      : List.of(),
                  each.times(),
                  false));
        });
    return differences;
  }

  private static List<String> differing(TablePlan plan, long[] expected, FoundRow found) {
    List<String> names = new ArrayList<>();
    for (int i = 0; expected != null && found != null && i < expected.length; i++) {
      if (expected[i] != found.columns()[i]) {
        names.add(plan.columns().get(i).name());
      }
    }
    return names;
  }

  private static Map<String, String> text(TablePlan plan, RowKey key, Wrong wrong) {
    List<String> names =
        plan.hasKey()
            ? plan.key().stream().map(ComparedColumn::name).toList()
            : wrong.isByValues() ? plan.columnNames() : PlacedRows.KEYLESS_IDENTITY;
    String[] values = key.values(names.size());
    Map<String, String> text = new LinkedHashMap<>();
    for (int i = 0; i < values.length; i++) {
      String value = values[i];
      text.put(
          names.get(i),
          value == null || value.length() <= LONGEST_TEXT
              ? value
              : value.substring(0, LONGEST_TEXT) + "...");
    }
    return text;
  }
}
