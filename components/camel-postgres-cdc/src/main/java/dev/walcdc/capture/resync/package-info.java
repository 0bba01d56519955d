/**
 * Reads tables again while their changes go on: signals in the stream, windows around what is read,
 * and the fence that lets rows go which were not found again. See ADR 7.
 */
package dev.walcdc.capture.resync;
