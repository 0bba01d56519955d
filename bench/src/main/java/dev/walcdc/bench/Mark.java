package dev.walcdc.bench;

/**
 * How far a process was at a moment.
 *
 * @param nanos since the process was started
 * @param changes row changes done by then
 * @param cpuNanos CPU time that it had used
 */
record Mark(long nanos, double changes, long cpuNanos) {

  /** Where every process begins. */
  static final Mark START = new Mark(0, 0, 0);
}
