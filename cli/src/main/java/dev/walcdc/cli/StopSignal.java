package dev.walcdc.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C or SIGTERM, as the thread learns of it that made this: the JVM ends only when that thread
 * says that all is stopped.
 */
final class StopSignal {

  private final Thread thread = Thread.currentThread();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private boolean interruptible;

  StopSignal() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::signal, "stop"));
  }

  /** Waits for the signal. */
  void await() throws InterruptedException {
    stop.await();
  }

  /** Waits for the signal, but not longer; whether it came. */
  boolean await(long time, TimeUnit unit) throws InterruptedException {
    return stop.await(time, unit);
  }

  /** Does something that the signal interrupts, for it may take long; nothing after the signal. */
  void interrupting(Runnable action) {
    synchronized (this) {
      if (stop.getCount() == 0) {
        throw new CliException("It was stopped before it had started.");
      }
      interruptible = true;
    }
    try {
      action.run();
    } finally {
      synchronized (this) {
        interruptible = false;
        Thread.interrupted(); // It was heeded, or came too late: what follows is an orderly stop.
      }
    }
  }

  /** All is stopped. */
  void done() {
    stopped.countDown();
  }

  private void signal() {
    synchronized (this) {
      stop.countDown();
      if (interruptible) {
        thread.interrupt();
      }
    }
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
