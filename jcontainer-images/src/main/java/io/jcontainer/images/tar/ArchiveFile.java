package io.jcontainer.images.tar;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Where an archive is written to, by its path. */
public final class ArchiveFile {
  /** As many links as the kernel follows: path_resolution(7). */
  private static final int MOST_LINKS = 40;

  private ArchiveFile() {}

  /** What is written. */
  @FunctionalInterface
  public interface Content {

    /**
     * Writes it.
     *
     * @param out where to; need not be closed
     * @throws IOException if it cannot be written
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes it. A file is replaced at once, when all is written; a device or a FIFO is written to
   * and stays. Links are followed.
   *
   * @throws IOException if it cannot be written there
   */
  public static void write(Path path, Content content) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      try (OutputStream out =
          new BufferedOutputStream(Files.newOutputStream(path, StandardOpenOption.WRITE))) {
        content.writeTo(out);
      }
    } else {
      replace(followed(path), content);
    }
  }

  /**
   * Where a path leads to, also if nothing is there: rename(2) follows no link, and would replace
   * it.
   *
   * @throws FileSystemLoopException if it leads nowhere
   */
  public static Path followed(Path path) throws IOException {
    Path at = path.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(at); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemLoopException(path.toString());
      }
      at = at.resolveSibling(Files.readSymbolicLink(at));
    }
    return at;
  }

  private static void replace(Path file, Content content) throws IOException {
    Path directory = file.getParent();
    if (directory == null) {
      throw new NoSuchFileException(file.toString());
    }
    Path part = Files.createTempFile(directory, file.getFileName() + ".", ".part");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
        content.writeTo(out);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
