package dev.walcdc.change;

/**
 * How far a batch reaches in one partition of its topic.
 *
 * @param nextOffset offset of the first record that is not in the batch
 * @param records records of this partition in the batch, tombstones and fences included
 * @param last the highest change among them; null where the batch carries no row change of it
 * @param committedAtMicros when the source committed the latest of them; 0 where {@code last} is
 *     null
 * @param erasedBelow the highest version below which an erasure in this partition took every row;
 *     {@link Version#NONE} where the batch carries no such erasure of it
 */
public record PartitionProgress(
    long nextOffset, long records, ChangePoint last, long committedAtMicros, Version erasedBelow) {

  /** Progress without an erasure. */
  public PartitionProgress(
      long nextOffset, long records, ChangePoint last, long committedAtMicros) {
    this(nextOffset, records, last, committedAtMicros, Version.NONE);
  }
}
