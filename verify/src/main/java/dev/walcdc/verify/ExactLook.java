package dev.walcdc.verify;

/** A look at the rows of some ranges, one by one. */
interface ExactLook {

  /** Passes over the sink once more, and finds what is {@link #wrong()}. */
  SinkPassage at(PlacedRows sink);

  /** What is wrong with which rows. */
  WrongRows wrong();
}
