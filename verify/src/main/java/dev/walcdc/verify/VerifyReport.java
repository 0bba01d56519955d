package dev.walcdc.verify;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a comparison found. Jackson writes it as JSON as it is.
 *
 * @param mode how it was compared
 * @param tables in the order asked for; those that were resynced as they were found afterwards
 * @param quarantined rows of these tables with changes that a sink could not apply
 * @param resyncs what was read again because it differed; null where that was not asked for
 * @param seconds that it took
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VerifyReport(
    Mode mode,
    List<Table> tables,
    List<Quarantined> quarantined,
    List<Resync> resyncs,
    double seconds) {

  /** How it was compared. */
  public enum Mode {
    /** While rows change; those that differ were looked at until they settled. */
    QUICK,
    /** At one moment of each table. */
    EXACT
  }

  /** Whether every table agrees in every sink, and nothing of them is in quarantine. */
  @JsonProperty("agrees")
  public boolean agrees() {
    return quarantined.isEmpty() && tables.stream().allMatch(Table::agrees);
  }

  /**
   * A row that is not right in a sink, or cannot be known to be, because a change of it is in
   * quarantine.
   *
   * @param sink the sink's consumer group
   * @param table its name with its schema
   * @param key the row's key on the log; null where the record has none
   * @param letters names of its open letters, in the log's order
   * @param reason why the first of them was refused
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Quarantined(
      String sink, String table, String key, List<String> letters, String reason) {

    /** This one and the next letter of the same row. */
    Quarantined and(Quarantined next) {
      List<String> both = new ArrayList<>(letters);
      both.addAll(next.letters);
      return new Quarantined(sink, table, key, both, reason);
    }
  }

  /**
   * One table.
   *
   * @param table its name with its schema
   * @param rows rows in PostgreSQL at the last pass over the whole table
   * @param key columns that rows were told apart by; empty where rows were compared as a multiset
   * @param sinks one for each sink
   * @param moment what was compared with what, where that was exact; else null
   * @param seconds that the table took
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Table(
      String table, long rows, List<String> key, List<Sink> sinks, Moment moment, double seconds) {

    /** A table that was compared while it changed. */
    Table(String table, long rows, List<String> key, List<Sink> sinks, double seconds) {
      this(table, rows, key, sinks, null, seconds);
    }

    /** Whether every sink holds these rows and no others. */
    @JsonProperty("agrees")
    public boolean agrees() {
      return sinks.stream().allMatch(Sink::agrees);
    }
  }

  /**
   * Rows that were read again because they differed.
   *
   * @param table its name with its schema
   * @param where which rows, as a {@link dev.walcdc.change.KeyCondition}; null for all
   * @param phase how it ended: DONE, CANCELLED or REFUSED
   * @param rows rows that were read
   * @param message why it ended, where it is not DONE; else null
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Resync(String table, String where, String phase, long rows, String message) {}

  /**
   * Where a table was compared exactly.
   *
   * @param snapshot which transactions the source's rows show, as {@code pg_current_snapshot()}
   * @param lsn all of these had committed before it
   * @param rowsRead rows that PostgreSQL sent
   * @param recordsRead records of the log that were read
   * @param places by the sinks' names
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Moment(
      String snapshot, String lsn, long rowsRead, long recordsRead, Map<String, Place> places) {}

  /**
   * Which place of the log a sink was compared with.
   *
   * @param from it had applied at least what lies before these offsets, by partition
   * @param to and at most what lies before these
   * @param ranges into how many ranges of keys the table was divided
   * @param differingRanges those whose checksums differed
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Place(
      Map<Integer, Long> from, Map<Integer, Long> to, int ranges, int differingRanges) {}

  /**
   * One table in one sink.
   *
   * @param sink {@code clickhouse} or {@code iceberg}
   * @param rows rows there at the last pass over the whole table; where rows had to settle, after
   *     that. Under load it may differ from the source's while every row agrees
   * @param agreeing rows of the source that the sink holds alike
   * @param differing rows that are missing, too many or different
   * @param differences the first of them
   * @param remark something to know that is no failure; null if there is nothing
   * @param problem why the sink could not be compared; null if it was
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Sink(
      String sink,
      long rows,
      long agreeing,
      long differing,
      List<Difference> differences,
      String remark,
      String problem) {

    /** Whether it holds the source's rows and no others. */
    @JsonProperty("agrees")
    public boolean agrees() {
      return differing == 0 && problem == null;
    }
  }

  /**
   * A row that differs.
   *
   * @param kind how
   * @param row its key by column; of a table without a key every compared value, shortened. Values
   *     are in their canonical form: days and microseconds since 1970, raw bits of floats
   * @param columns the columns that differ; empty unless {@code kind} is DIFFERENT
   * @param times how many such rows, in a table without a key; otherwise 1
   * @param changing whether PostgreSQL still changed the row when patience was over
   */
  public record Difference(
      Kind kind, Map<String, String> row, List<String> columns, long times, boolean changing) {}

  /** How a row differs. */
  public enum Kind {
    /** PostgreSQL has it, the sink does not. */
    MISSING,
    /** The sink has it, PostgreSQL does not. */
    EXTRA,
    /** Both have it, with different values. */
    DIFFERENT,
    /** The sink has it more than once. */
    REPEATED
  }
}
