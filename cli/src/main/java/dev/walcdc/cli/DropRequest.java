package dev.walcdc.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A word that `down --drop` leaves for the `up` that runs: remove slot and publication when the
 * pipeline has ended. The answer comes the same way.
 *
 * @param file there while the request is open; empty, or why it could not be met
 */
record DropRequest(Path file) {

  void ask() {
    write("");
  }

  boolean isOpen() {
    return Files.exists(file);
  }

  /** It was met, or is of no interest any more. */
  void close() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void refuse(String reason) {
    write(reason);
  }

  /** Why it was not met; empty when it was. The request is closed. */
  Optional<String> failure() {
    if (!isOpen()) {
      return Optional.empty();
    }
    try {
      String reason = Files.readString(file);
      close();
      return Optional.of(
          reason.isEmpty()
              ? "Slot and publication were not removed, for `up` ended too early; run `down --drop` once more, with the servers running."
              : reason);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
