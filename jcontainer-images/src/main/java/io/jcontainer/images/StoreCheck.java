package io.jcontainer.images;

import io.jcontainer.ByteSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads all that a store has, and says what is wrong with it. */
final class StoreCheck {
  private final Blobs blobs;
  private final Names names;
  private final boolean repair;
  private final List<String> problems = new ArrayList<>();
  private int images;
  private long count;
  private long bytes;

  StoreCheck(Blobs blobs, Names names, boolean repair) {
    this.blobs = blobs;
    this.names = names;
    this.repair = repair;
  }

  StoreReport report() {
    return new StoreReport(images, count, ByteSize.ofBytes(bytes), problems);
  }

  /** Follows all names; with the store's lock, so that nothing vanishes meanwhile. */
  void followNames() throws IOException {
    for (Path stranger : names.strangers()) {
      problems.add(stranger + ": is no file of the store's");
    }
    for (Path file : names.files()) {
      Optional<StoredImage> image;
      try {
        image = names.read(file);
      } catch (InvalidImageException e) {
        problems.add(String.valueOf(e.getMessage()));
        remove(file);
        continue;
      }
      if (image.isPresent()) {
        follow(image.get());
      }
    }
  }

  private void remove(Path file) throws IOException {
    if (repair) {
      Files.deleteIfExists(file);
    }
  }

  private void follow(StoredImage image) throws IOException {
    images++;
    try {
      new Reachable(blobs).named(image.target());
    } catch (ImageNotFoundException | InvalidImageException e) {
      problems.add("image %s: %s".formatted(image.label(), e.getMessage()));
    }
  }

  /** Hashes all blobs; without a lock, as that may take long, and a blob never changes. */
  void hashBlobs() throws IOException {
    for (Path stranger : blobs.strangers()) {
      problems.add(stranger + ": is no blob");
    }
    for (Digest digest : blobs.all()) {
      Optional<Long> size = blobs.size(digest);
      if (size.isPresent()) { // else it was collected since
        hash(Descriptor.of(Lease.UNKNOWN, digest, size.get()));
      }
    }
  }

  private void hash(Descriptor blob) throws IOException {
    Path file = blobs.path(blob.digest());
    try (InputStream in = blobs.open(blob)) {
      in.transferTo(OutputStream.nullOutputStream());
      count++;
      bytes += blob.size();
    } catch (ImageNotFoundException e) {
      // It was collected since.
    } catch (InvalidImageException e) {
      problems.add(file + ": " + e.getMessage());
      remove(file);
    } catch (IOException e) {
      problems.add(file + ": cannot be read: " + e);
    }
  }
}
