/**
 * Records that Debezium's own converters wrote, turned into the envelopes that this platform's
 * capture writes. No I/O.
 */
package dev.walcdc.stock;
