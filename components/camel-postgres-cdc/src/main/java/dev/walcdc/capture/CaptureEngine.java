package dev.walcdc.capture;

import java.time.Duration;

/**
 * Reads a source's changes. Used by one thread: it polls a batch, makes it durable and releases it;
 * only then comes the next. Closing confirms nothing.
 */
public interface CaptureEngine extends AutoCloseable {

  /**
   * The next batch.
   *
   * @return null if there was none within this time
   * @throws CaptureException if the engine has died
   */
  CapturedBatch poll(Duration timeout) throws InterruptedException;

  /**
   * Lets go of the batch that was polled last, which is durable now.
   *
   * @param confirmed the position that was made durable as well and may be confirmed to the source;
   *     null to confirm nothing
   */
  void release(SourcePosition confirmed);

  /**
   * The next part of what is read again beside the stream. To be asked for between two batches,
   * when the last one was released; to be made durable like a batch.
   *
   * @return null if there is nothing now
   */
  CapturedBatch readAgain();

  @Override
  void close();
}
