/**
 * Keeps the lake's tables small while the sink writes them: small files become large ones, rows
 * that were deleted go, old snapshots expire, and files that nothing names are removed.
 */
package dev.walcdc.iceberg.maintain;
