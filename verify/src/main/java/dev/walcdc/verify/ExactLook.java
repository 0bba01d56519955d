package dev.walcdc.verify;

import dev.walcdc.change.Version;

/** A look at the rows of some ranges, one by one. */
interface ExactLook {

  /** Passes over the sink once more, and finds what is {@link #wrong()}. */
  SinkPassage at(PlacedRows sink, Version since);

  /** What is wrong with which rows. */
  WrongRows wrong();
}
