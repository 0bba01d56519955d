/** The Iceberg tables that the jobs write: whose they are, and what their commits say. */
package dev.walcdc.flink.lake;
