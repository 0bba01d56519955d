package dev.walcdc.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock on a folder between processes. The system frees it when its holder dies, so that no stale
 * lock is left.
 */
final class FolderLock implements AutoCloseable {
  // Within one JVM a second lock of the same file is an error and not a wait.
  private static final Map<Path, ReentrantLock> INSTALLING = new ConcurrentHashMap<>();
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final FileChannel channel;
  private final Runnable release;

  private FolderLock(FileChannel channel, Runnable release) {
    this.channel = channel;
    this.release = release;
  }

  /** Takes the lock of a home, or throws at once when a stack holds it. */
  static FolderLock hold(Path home) {
    Path file = home.resolve("lock");
    if (!HELD.add(file)) {
      throw held(home, Long.toString(ProcessHandle.current().pid()));
    }
    boolean kept = false;
    try {
      // Neither closed when the lock is refused before it was read, nor truncated on opening: the
      // holder's number is in there.
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        FileLock lock = channel.tryLock();
        if (lock == null) {
          throw held(home, pid(channel));
        }
        channel.truncate(0);
        channel.write(
            ByteBuffer.wrap(
                (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)),
            0);
        kept = true;
        return new FolderLock(channel, () -> HELD.remove(file));
      } finally {
        if (!kept) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw failed(file, e);
    } finally {
      if (!kept) {
        HELD.remove(file);
      }
    }
  }

  /**
   * The process that holds the lock of a home; empty when none does. To know, it takes the lock for
   * a moment, in which a stack that starts there is refused.
   */
  static Optional<ProcessHandle> holder(Path home) {
    Path file = home.resolve("lock");
    if (!HELD.add(file)) {
      return Optional.of(ProcessHandle.current());
    }
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        return channel.tryLock() != null
            ? Optional.empty()
            : Optional.of(pid(channel))
                .filter(pid -> pid.matches("\\d+"))
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)));
      }
    } catch (IOException e) {
      throw failed(file, e);
    } finally {
      HELD.remove(file);
    }
  }

  /** What the holder wrote; empty in the moment before it did. */
  private static String pid(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(20);
    channel.read(text, 0);
    return StandardCharsets.US_ASCII.decode(text.flip()).toString().strip();
  }

  /** Takes the lock of a shared folder, and waits for it as long as another installs there. */
  static FolderLock await(Path folder) {
    Path file = folder.resolve("lock");
    ReentrantLock inside = INSTALLING.computeIfAbsent(file, f -> new ReentrantLock());
    inside.lock();
    Optional<FileChannel> opened = Optional.empty();
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      opened = Optional.of(channel);
      channel.lock();
      return new FolderLock(channel, inside::unlock);
    } catch (IOException e) {
      try {
        if (opened.isPresent()) {
          opened.get().close();
        }
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      inside.unlock();
      throw failed(file, e);
    }
  }

  /** Frees the lock. The file stays: to delete it would let two holders lock two files. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StackException("The lock of a folder cannot be freed: " + e, e);
    } finally {
      release.run();
    }
  }

  private static StackException held(Path home, String pid) {
    return new StackException(
        ("The stack in %s is already run by process %s: stop that one first, or choose another home"
                + " folder.")
            .formatted(home, pid.isEmpty() ? "(unknown)" : pid));
  }

  private static StackException failed(Path file, IOException e) {
    return new StackException(
        "The file %s cannot be locked (%s): the folder must be writable and on a local disk."
            .formatted(file, e),
        e);
  }
}
