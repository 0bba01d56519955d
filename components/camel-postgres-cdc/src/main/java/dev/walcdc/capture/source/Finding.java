package dev.walcdc.capture.source;

/**
 * Something that a source lacks.
 *
 * @param severity whether capture can work without it
 * @param problem one sentence that names the thing and what follows from it
 * @param remedy SQL that gives it, or what to do where SQL cannot
 */
public record Finding(Severity severity, String problem, String remedy) {

  /** How bad it is. */
  public enum Severity {
    /** Capture refuses to start. */
    ERROR,
    /** Capture works, with the stated drawback. */
    ADVICE
  }
}
