package dev.walcdc.search.query;

/** A search asks for what cannot be; the message tells whoever asked what to ask instead. */
public class SearchRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what is wrong and what to do. */
  public SearchRefusedException(String message) {
    super(message);
  }
}
