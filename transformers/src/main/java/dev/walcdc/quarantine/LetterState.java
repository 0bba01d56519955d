package dev.walcdc.quarantine;

/** What became of a letter. */
public enum LetterState {
  /** Nothing yet: the sink's row of this key is not what the source has. */
  OPEN,
  /** A later record of the log says all that there is to say of the row. */
  SUPERSEDED,
  /** The sink has applied it after all. */
  REPLAYED,
  /** Somebody gave it up: the row stays wrong until it changes or is resynced. */
  DROPPED
}
