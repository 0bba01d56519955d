package dev.walcdc.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** PostgreSQL's programs: a compressed archive inside a jar, unpacked once for all stacks. */
final class PostgresBinaries {
  private PostgresBinaries() {}

  /** Returns the folder that holds {@code bin}, {@code lib} and {@code share}. */
  @SuppressWarnings("try") // the lock is held, not used
  static Path install(LocalStackOptions options) {
    Path jar = Programs.jars(options.programsFolder(), "postgres").get(0);
    String name = jar.getFileName().toString().replaceFirst("\\.jar$", "");
    Path folder = options.serversFolder().resolve(name);
    if (Files.exists(folder)) {
      return folder; // it gets this name only when it is complete
    }
    Path servers = PrivateFiles.folder(options.serversFolder());
    try (FolderLock lock = FolderLock.await(servers)) {
      if (!Files.exists(folder)) {
        Path draft = servers.resolve(name + ".unpacking");
        PrivateFiles.deleteTree(draft);
        unpack(jar, draft);
        Files.move(draft, folder, StandardCopyOption.ATOMIC_MOVE);
      }
      return folder;
    } catch (IOException e) {
      throw new StackException(
          "PostgreSQL cannot be unpacked from %s to %s (%s): free some space, or delete the jar and build again."
              .formatted(jar, servers, e),
          e);
    }
  }

  static void unpack(Path jar, Path target) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      JarEntry archive = null;
      for (Enumeration<JarEntry> all = file.entries(); all.hasMoreElements(); ) {
        JarEntry entry = all.nextElement();
        if (entry.getName().endsWith(".txz")) {
          archive = entry;
        }
      }
      if (archive == null) {
        throw new IOException("no archive in " + jar);
      }
      try (InputStream in = file.getInputStream(archive);
          TarArchiveInputStream tar = new TarArchiveInputStream(new XZCompressorInputStream(in))) {
        for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
          extract(tar, e, target);
        }
      }
    }
  }

  private static void extract(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
      throws IOException {
    Path path = TarFiles.place(entry.getName(), target);
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(path.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else if (entry.isLink()) {
      Files.createLink(path, target.resolve(entry.getLinkName()).normalize());
    } else {
      TarFiles.write(tar, entry, path);
    }
  }
}
