/** Records that a sink could not apply, and what becomes of them. No I/O. */
package dev.walcdc.quarantine;
