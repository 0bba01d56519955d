/** The functions that the SQL files call: from a record of the log to the latest row of a key. */
package dev.walcdc.flink.change;
