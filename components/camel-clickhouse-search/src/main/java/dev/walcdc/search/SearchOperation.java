package dev.walcdc.search;

/** What an endpoint does with a message. */
public enum SearchOperation {
  /** Gives the texts in a batch of changes their vectors. */
  embed,
  /** Answers a question. */
  query
}
