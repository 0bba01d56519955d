package dev.walcdc.local;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Unpacks a part of Trino's archive. A jar that several plugins have is in it once, mostly in a
 * plugin that we leave out; the others are hard links to it. So the archive is read twice: for the
 * links that we want, then for the files that they mean.
 */
final class TrinoArchive {

  private TrinoArchive() {}

  /**
   * Unpacks without the archive's topmost folder.
   *
   * @param archive a gzipped tar
   * @param target the folder to make
   * @param wanted tells by its path below the topmost folder whether a file is unpacked
   * @throws IOException when the archive is broken or the disk is full
   */
  static void unpack(Path archive, Path target, Predicate<String> wanted) throws IOException {
    Map<String, List<String>> names = new HashMap<>();
    try (TarArchiveInputStream tar = open(archive)) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        String name = below(e.getName());
        if (!e.isDirectory() && wanted.test(name)) {
          String file = e.isLink() ? below(e.getLinkName()) : name;
          names.computeIfAbsent(file, any -> new ArrayList<>()).add(name);
        }
      }
    }
    try (TarArchiveInputStream tar = open(archive)) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        if (e.isFile() && !e.isLink()) {
          write(tar, e, names.getOrDefault(below(e.getName()), List.of()), target);
          names.remove(below(e.getName()));
        }
      }
    }
    if (!names.isEmpty()) {
      throw new IOException("the archive lacks " + names.keySet().iterator().next());
    }
  }

  private static void write(
      TarArchiveInputStream tar, TarArchiveEntry entry, List<String> names, Path target)
      throws IOException {
    Path first = null;
    for (String name : names) {
      Path path = TarFiles.place(name, target);
      if (first == null) {
        TarFiles.write(tar, entry, path);
        first = path;
      } else {
        Files.createDirectories(path.getParent());
        Files.createLink(path, first);
      }
    }
  }

  private static String below(String name) {
    return name.substring(name.indexOf('/') + 1);
  }

  private static TarArchiveInputStream open(Path archive) throws IOException {
    return new TarArchiveInputStream(
        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(archive)), 1 << 16));
  }
}
