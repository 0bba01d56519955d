package dev.walcdc.iceberg;

import org.apache.iceberg.TableOperations;

/**
 * A table of the catalog that this sink feeds.
 *
 * @param name its full name, for messages
 * @param operations the catalog's operations on it; not for use by several threads at a time
 */
record LakeTable(String name, TableOperations operations) {}
