/**
 * A Camel component that applies batches of row changes to Apache Iceberg tables. One batch is one
 * commit, and the position of the log is in that commit, so that a table says by itself how far it
 * has come.
 *
 * <p>Read {@link dev.walcdc.iceberg.TableSink} first: it tells the way of a batch. {@link
 * dev.walcdc.iceberg.TableCommitter} is what makes a lost answer harmless, {@link
 * dev.walcdc.iceberg.Positions} is what a commit carries.
 */
package dev.walcdc.iceberg;
