package dev.walcdc.change;

import java.util.List;

/**
 * Records of a batch that cannot be applied, now or later, while the others can: one that is no
 * envelope of its table, or several {@link RefusedChangeException}s of one batch. Of the other
 * changes some may have been written. Whoever delivers the batch may deliver it again at once
 * without these records and all others of the same keys.
 *
 * <p>It never stands for a sink that is down, or for a table that as a whole cannot follow.
 */
public class RefusedChangesException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<Refusal> refusals;

  /**
   * @param refusals at least one, each record at most once
   */
  public RefusedChangesException(List<Refusal> refusals) {
    super(message(refusals));
    this.refusals = List.copyOf(refusals);
  }

  /**
   * One record.
   *
   * @param partition its partition
   * @param offset its offset there; of several changes that were folded into one, the last one's
   * @param reason what is wrong with it and the way out; no secrets and no values of rows but keys
   */
  public record Refusal(int partition, long offset, String reason) {

    /** The refusal of the record that carried this change. */
    public static Refusal of(RowChange change, String reason) {
      return new Refusal(change.partition(), change.offset(), reason);
    }

    /** The refusal of one change, which must not be about the table. */
    public static Refusal of(RefusedChangeException refused) {
      return of(refused.change().orElseThrow(), refused.getMessage());
    }
  }

  /**
   * What to throw for all changes of a batch that were refused: the exception itself where it is
   * one.
   *
   * @param each at least one, each about a change
   */
  public static RuntimeException of(List<RefusedChangeException> each) {
    return each.size() == 1
        ? each.get(0)
        : new RefusedChangesException(each.stream().map(Refusal::of).toList());
  }

  private static String message(List<Refusal> refusals) {
    String first = refusals.get(0).reason();
    return refusals.size() == 1
        ? first
        : "%s (and %d more records)".formatted(first, refusals.size() - 1);
  }

  /** The records, in the order in which they were found. */
  public List<Refusal> refusals() {
    return refusals;
  }
}
