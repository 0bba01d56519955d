/**
 * The second way to Iceberg: runs the SQL files of {@code infra/kubernetes/flink/sql}. {@code
 * change} holds the functions that the files call, {@code lake} the tables that they write, {@code
 * job} what submits them and decides where they begin.
 */
package dev.walcdc.flink;
