package dev.walcdc.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrinoArchiveTest {

  @TempDir private Path folder;

  @Test
  void aLinkToWhatIsLeftOutIsAFile() throws Exception {
    Path archive =
        archive(
            tar -> {
              file(tar, "trino-server-1/lib/a.jar", "a");
              file(tar, "trino-server-1/plugin/other/b.jar", "b");
              link(tar, "trino-server-1/plugin/iceberg/b.jar", "trino-server-1/plugin/other/b.jar");
              link(
                  tar,
                  "trino-server-1/plugin/clickhouse/b.jar",
                  "trino-server-1/plugin/other/b.jar");
              file(tar, "trino-server-1/plugin/iceberg/hdfs/c.jar", "c");
              file(tar, "trino-server-1/plugin/other/d.jar", "d");
            });
    Path target = folder.resolve("server");
    TrinoArchive.unpack(archive, target, TrinoInstall::isWanted);
    assertThat(target.resolve("lib/a.jar")).hasContent("a");
    assertThat(target.resolve("plugin/iceberg/b.jar")).hasContent("b");
    assertThat(target.resolve("plugin/clickhouse/b.jar")).hasContent("b");
    assertThat(target.resolve("plugin/other")).doesNotExist();
    assertThat(target.resolve("plugin/iceberg/hdfs")).doesNotExist();
  }

  @Test
  void anArchiveThatIsNotWholeIsRefused() throws Exception {
    Path archive =
        archive(tar -> link(tar, "trino-server-1/lib/a.jar", "trino-server-1/plugin/other/a.jar"));
    assertThatThrownBy(
            () -> TrinoArchive.unpack(archive, folder.resolve("server"), TrinoInstall::isWanted))
        .isInstanceOf(IOException.class)
        .hasMessage("the archive lacks plugin/other/a.jar");
  }

  @Test
  void nothingIsWrittenOutsideOfTheFolder() throws Exception {
    Path archive = archive(tar -> file(tar, "trino-server-1/lib/../../a.jar", "a"));
    assertThatThrownBy(
            () -> TrinoArchive.unpack(archive, folder.resolve("server"), TrinoInstall::isWanted))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("leaves its folder");
    assertThat(folder.resolve("a.jar")).doesNotExist();
  }

  private interface Content {
    void write(TarArchiveOutputStream tar) throws IOException;
  }

  private Path archive(Content content) throws IOException {
    Path archive = folder.resolve("server.tar.gz");
    try (OutputStream file = Files.newOutputStream(archive);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(file))) {
      content.write(tar);
    }
    return archive;
  }

  private static void file(TarArchiveOutputStream tar, String name, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static void link(TarArchiveOutputStream tar, String name, String to) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_LINK);
    entry.setLinkName(to);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }
}
