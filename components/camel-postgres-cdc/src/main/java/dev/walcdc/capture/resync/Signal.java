package dev.walcdc.capture.resync;

/**
 * A row of the signal table: a request to capture, or a mark that capture sets in the stream. It
 * comes by the stream like any change, so everybody who may write to the table can signal, and a
 * signal has its place between the changes.
 *
 * @param id unique, by whoever signals
 * @param kind {@link #RESYNC}, {@link #CANCEL} or {@link #MARK}; others mean nothing
 * @param body what the kind says, as JSON text
 */
public record Signal(String id, String kind, String body) {

  /** Asks for a resync; the body is a {@link ResyncRequest}. */
  public static final String RESYNC = "resync";

  /** Ends resyncs of a table; the body is a {@link ResyncRequest}, of which the table counts. */
  public static final String CANCEL = "cancel";

  /** A place in the stream that capture itself waits for. */
  public static final String MARK = "mark";
}
