package io.jcontainer.images;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.images.tar.BadStreamException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What the store does with files. A JVM can be killed, and the machine can lose its power, between
 * any two of these calls.
 */
final class StoreFiles {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private StoreFiles() {}

  /** What to throw for a failed call. */
  static RuntimeException failure(String what, IOException cause) {
    if (cause instanceof ClosedByInterruptException
        || cause instanceof FileLockInterruptionException) {
      InterruptedException interruption = new InterruptedException();
      interruption.initCause(cause);
      return new ContainerInterruptedException("interrupted: " + what, interruption);
    }
    if (cause instanceof BadStreamException) {
      return new InvalidImageException(what + ": " + cause.getMessage(), cause);
    }
    String reason = String.valueOf(cause.getMessage());
    return new ImageException(
        "%s: %s%s"
            .formatted(
                what,
                cause,
                reason.contains("No space left") || reason.contains("quota")
                    ? "; make room there: jcontainer image prune, or ImageStore.prune(), may help"
                    : ""),
        cause);
  }

  /** Makes what is missing of a path, with the mode that the XDG base directories ask for. */
  static void makeDirectories(Path directory) throws IOException {
    if (POSIX) {
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    } else {
      Files.createDirectories(directory);
    }
  }

  /** Makes a directory that only its owner can use, or leaves one that is there. */
  static void makeDirectory(Path directory) throws IOException {
    try {
      if (POSIX) {
        Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
      } else {
        Files.createDirectory(directory);
      }
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
    }
  }

  /** Makes what happened to names in a directory outlive a loss of power: fsync(2). */
  static void sync(Path directory) throws IOException {
    if (POSIX) { // elsewhere, directories cannot be opened
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Gives a file its name, for good. Whatever had that name is replaced at once. */
  static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    sync(Objects.requireNonNull(to.getParent()));
  }

  /** Writes a small file that is there whole or not at all. */
  static void write(Path temporary, Path file, byte[] content) throws IOException {
    try {
      try (FileOutputStream out = new FileOutputStream(temporary.toFile())) {
        out.write(content);
        out.getFD().sync();
      }
      rename(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** What lies in a directory, in no order; nothing if there is no such directory. */
  static List<Path> list(Path directory) throws IOException {
    try {
      return children(directory);
    } catch (NoSuchFileException e) {
      return List.of(); // its owner has removed it
    }
  }

  /** What lies in a directory, in no order. */
  static List<Path> children(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(files::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return files;
  }

  /** Removes a directory and the files in it, which somebody else may be doing at the same time. */
  static void remove(Path directory) throws IOException {
    for (Path file : list(directory)) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(directory);
  }
}
