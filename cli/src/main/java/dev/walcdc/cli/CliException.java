package dev.walcdc.cli;

/**
 * A command cannot do what it was asked; the message is one sentence that says why and what to do.
 */
class CliException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CliException(String message) {
    super(message);
  }

  CliException(String message, Throwable cause) {
    super(message, cause);
  }
}
