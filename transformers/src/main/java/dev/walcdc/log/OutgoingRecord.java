package dev.walcdc.log;

/**
 * One record to be written to the log.
 *
 * @param topic where it goes
 * @param key its key; null for a table without one
 * @param value its value; null for a tombstone or a fence
 * @param schema fingerprint of the schema it was written under, for its header; null for records
 *     that are no change
 * @param ordinal position among the changes that share its LSN
 * @param fence epoch of the fence that it is; 0 for every other record
 */
public record OutgoingRecord(
    String topic, byte[] key, byte[] value, String schema, long ordinal, int fence) {

  /** A record that is no change: a schema or a state. */
  public static OutgoingRecord plain(String topic, byte[] key, byte[] value) {
    return new OutgoingRecord(topic, key, value, null, 0, 0);
  }
}
