package io.jcontainer.images;

import io.jcontainer.images.json.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What is under way in a store: a directory for each {@link Lease}, with what it is writing and the
 * descriptors of what it holds. A file in it is locked for as long as it lives, so that one of a
 * JVM that was killed is told from one that is in use.
 */
final class Leases {
  static final String LOCK = "lock";
  static final String HELD = "held";

  /**
   * What the leases of this JVM have at the beginning of their names. Their locks must not even be
   * opened here: to close any descriptor of a file gives back what the process has locked in it. A
   * property, since there may be another class loader with this class.
   */
  private static final String OWN =
      (String)
          System.getProperties()
              .computeIfAbsent("io.jcontainer.images.jvm", key -> UUID.randomUUID().toString());

  private final Path directory;

  Leases(Path directory) throws IOException {
    this.directory = directory;
    StoreFiles.makeDirectory(directory);
  }

  /** Makes one; with the store's lock, so that it has its own before anyone looks for that. */
  Held create() throws IOException {
    Path own = directory.resolve(OWN + "." + UUID.randomUUID());
    StoreFiles.makeDirectory(own);
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              own.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      channel.lock();
      return new Held(own, channel);
    } catch (IOException | RuntimeException e) {
      if (channel != null) {
        channel.close();
      }
      StoreFiles.remove(own);
      throw e;
    }
  }

  /** One of this JVM. */
  record Held(Path directory, FileChannel lock) {}

  /** Directories of all leases, dead or alive. */
  List<Path> all() throws IOException {
    return StoreFiles.list(directory);
  }

  /** Removes those of JVMs that are no more; with the store's lock. */
  int removeDead() throws IOException {
    int removed = 0;
    for (Path lease : all()) {
      if (isDead(lease)) {
        StoreFiles.remove(lease);
        removed++;
      }
    }
    return removed;
  }

  private static boolean isDead(Path lease) throws IOException {
    if (lease.getFileName().toString().startsWith(OWN)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(lease.resolve(LOCK), StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (NoSuchFileException e) {
      return true; // killed before it had locked, or just being closed
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** What all leases that live hold; with the store's lock. */
  List<Descriptor> held() throws IOException {
    List<Descriptor> held = new ArrayList<>();
    for (Path lease : all()) {
      if (isDead(lease)) {
        continue; // a part of a line may be its last
      }
      try {
        for (String line : Files.readAllLines(lease.resolve(HELD), StandardCharsets.UTF_8)) {
          held.add(
              DocumentJson.descriptor(
                  Json.object(lease.toString(), line.getBytes(StandardCharsets.UTF_8), 64 << 10)));
        }
      } catch (NoSuchFileException e) {
        // It holds nothing yet, or was closed just now: what it has named is found by name.
      }
    }
    return held;
  }

  /** How many bytes the files have that are no blobs yet. */
  long bytes() throws IOException {
    long bytes = 0;
    for (Path lease : all()) {
      for (Path file : StoreFiles.list(lease)) {
        try {
          bytes += Files.size(file);
        } catch (NoSuchFileException e) {
          // It has become a blob, or was removed.
        }
      }
    }
    return bytes;
  }
}
