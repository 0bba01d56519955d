package dev.walcdc.iceberg.maintain;

import dev.walcdc.change.ShadowState;
import dev.walcdc.iceberg.TableRole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ReachableFileUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes files of a table that no snapshot names: of commits that failed, or that nobody could
 * tell of. Only old ones, so that a commit on its way finds its files.
 *
 * <p>A table has files in two places: its own, and that of its shadows, for a shadow's files become
 * the table's. While a shadow is being filled, the second place is left alone.
 */
final class OrphanFiles {

  private static final Logger LOG = LoggerFactory.getLogger(OrphanFiles.class);

  private final TableAccess table;
  private final MaintenancePolicy policy;
  private final Clock clock;
  private final Collection<String> otherLocations;

  /**
   * @param otherLocations where the catalog's other tables lie
   */
  OrphanFiles(
      TableAccess table, MaintenancePolicy policy, Clock clock, Collection<String> otherLocations) {
    this.table = table;
    this.policy = policy;
    this.clock = clock;
    this.otherLocations = otherLocations;
  }

  /**
   * Removes them.
   *
   * @return how many
   */
  int run() {
    Table before = table.now();
    if (!(before.io() instanceof SupportsPrefixOperations files)) {
      return 0;
    }
    Set<String> surelyThere = surelyThere(before);
    boolean sameNames = surelyThere.isEmpty();
    Set<String> old = new LinkedHashSet<>();
    for (String folder : folders(before)) {
      if (isAnothersPlace(folder)) {
        LOG.warn(
            "Orphans of table {} stay in {}, for another table lies in there",
            table.name(),
            folder);
        continue;
      }
      sameNames |= list(files, folder, surelyThere, old);
    }
    if (old.isEmpty()) {
      return 0;
    }
    if (!sameNames) {
      throw new IllegalStateException(
          "The store lists the files of table %s by other names than the table has for them, so nobody can tell which are orphans; they stay. Give `maintain.orphanAge` more than the table's age to go on without"
              .formatted(table.name()));
    }
    // Looked at after the files were: what is named since is young.
    Table now = table.now();
    Set<String> named = named(now);
    old.removeIf(file -> named.contains(path(file)));
    old.forEach(now.io()::deleteFile);
    if (!old.isEmpty()) {
      LOG.info("Table {}: {} files that nothing names were removed", table.name(), old.size());
    }
    return old.size();
  }

  private static Set<String> folders(Table table) {
    Set<String> folders = new LinkedHashSet<>();
    String location = table.location().replaceFirst("/+$", "");
    folders.add(location + "/");
    if (TableRole.of(table) == TableRole.TABLE) {
      folders.add(location + ShadowState.TABLE_SUFFIX + "/");
    }
    return folders;
  }

  private boolean isAnothersPlace(String folder) {
    return otherLocations.stream().anyMatch(other -> path(other + "/").startsWith(path(folder)));
  }

  /** What the present snapshot names stays, whatever is committed meanwhile. */
  private static Set<String> surelyThere(Table table) {
    Snapshot snapshot = table.currentSnapshot();
    return snapshot == null || snapshot.manifestListLocation() == null
        ? Set.of()
        : Set.of(path(snapshot.manifestListLocation()));
  }

  /** Whether one of the files that are surely there is among those that the store lists. */
  private boolean list(
      SupportsPrefixOperations files, String folder, Set<String> surelyThere, Set<String> old) {
    long olderThan = clock.instant().minus(policy.orphanAge()).toEpochMilli();
    boolean found = false;
    for (FileInfo file : files.listPrefix(folder)) {
      found |= surelyThere.contains(path(file.location()));
      if (file.createdAtMillis() < olderThan) {
        old.add(file.location());
      }
    }
    return found;
  }

  private static Set<String> named(Table table) {
    Set<String> named = new HashSet<>();
    ReachableFileUtil.metadataFileLocations(table, false).forEach(file -> named.add(path(file)));
    ReachableFileUtil.manifestListLocations(table).forEach(file -> named.add(path(file)));
    ReachableFileUtil.statisticsFilesLocations(table).forEach(file -> named.add(path(file)));
    named.add(path(ReachableFileUtil.versionHintLocation(table)));
    Set<String> manifests = new HashSet<>();
    for (Snapshot snapshot : table.snapshots()) {
      for (ManifestFile manifest : snapshot.allManifests(table.io())) {
        if (manifests.add(manifest.path())) {
          named.add(path(manifest.path()));
          addFiles(table, manifest, named);
        }
      }
    }
    return named;
  }

  private static void addFiles(Table table, ManifestFile manifest, Set<String> named) {
    try (CloseableIterable<? extends ContentFile<?>> files =
        manifest.content() == ManifestContent.DATA
            ? ManifestFiles.read(manifest, table.io(), table.specs())
            : ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
      files.forEach(file -> named.add(path(file.location())));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read manifest " + manifest.path(), e);
    }
  }

  /**
   * Without what stores write in different ways before the same path: s3, s3a, file:///, file:/.
   */
  private static String path(String location) {
    return location.replaceFirst("^[A-Za-z0-9+.-]+:/*", "");
  }
}
