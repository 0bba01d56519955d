/**
 * The embedded stack: PostgreSQL, Kafka, ClickHouse, S3 and the Iceberg catalog's database as child
 * processes on 127.0.0.1. Start with {@link dev.walcdc.local.LocalStack}; tests with {@link
 * dev.walcdc.local.SharedStack}.
 */
package dev.walcdc.local;
