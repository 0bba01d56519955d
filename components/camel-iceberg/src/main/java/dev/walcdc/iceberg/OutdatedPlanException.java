package dev.walcdc.iceberg;

/**
 * The table changed under a batch in a way that calls for planning it anew. Nothing was applied.
 */
class OutdatedPlanException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  OutdatedPlanException(String message) {
    super(message);
  }
}
