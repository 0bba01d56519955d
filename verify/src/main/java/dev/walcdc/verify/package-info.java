/**
 * Compares PostgreSQL's tables with ClickHouse's and Iceberg's, row by row. {@link
 * dev.walcdc.verify.Verifier} is the way in.
 *
 * <p>Every value has one canonical text, which each of the three systems is asked for ({@link
 * dev.walcdc.verify.ComparedColumn}); rows are compared by hashes of it. The first look passes over
 * whole tables ({@link dev.walcdc.verify.KeyedComparison}, {@link
 * dev.walcdc.verify.KeylessComparison}); what differs is looked at again until it settles or does
 * not ({@link dev.walcdc.verify.Settling}).
 */
package dev.walcdc.verify;
