package io.jcontainer.linux.copy;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much room directories take on disk, with all that is in them, whoever it belongs to. What is
 * removed meanwhile takes none. Each level takes a descriptor.
 */
public final class TreeSize implements AutoCloseable {
  /** What statx(2) counts in. */
  private static final int BLOCK = 512;

  private final Workshop workshop;
  private final TreeReader reader;
  private final HeapShare share = HeapShare.third();

  /** A directory that is open, and what is still to be looked at in it. */
  private record Level(int directory, Lookup names) {}

  private TreeSize(Workshop workshop) {
    this.workshop = workshop;
    this.reader = new TreeReader(workshop);
  }

  /**
   * Begins, by a child of the calling thread.
   *
   * @param user the user namespace whose ids the files belong to, or null for the JVM's rights
   */
  public static TreeSize open(Launcher launcher, @Nullable Fd user) {
    return new TreeSize(Workshop.open(launcher, user));
  }

  /**
   * The room that a directory takes.
   *
   * @return in bytes; 0 if it is not there any more
   * @throws ContainerInterruptedException if the calling thread is interrupted
   * @throws HeapShare.ExceededException if there are too many names in it to remember
   */
  public long of(Path directory) {
    int root;
    try {
      root = workshop.openDirectory(directory.toString());
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return 0;
      }
      throw e;
    }
    long bytes = 0;
    Deque<Level> open = new ArrayDeque<>();
    open.push(level(root));
    while (!open.isEmpty()) {
      Level level = open.element();
      FileName name = level.names().next();
      if (name == null) {
        open.pop();
        level.names().forget();
        reader.close(level.directory());
        continue;
      }
      LayerEntry entry = level.names().in(0);
      if (entry == null) {
        continue; // it has been removed meanwhile
      }
      FileStat stat = entry.stat();
      if (!entry.isDirectory()) {
        // All names of a file are in its layer, and each is found: together they are the file.
        bytes += stat.blocks() * BLOCK / Math.max(1, stat.links());
        continue;
      }
      bytes += stat.blocks() * BLOCK;
      int child = reader.open(level.directory(), name);
      if (child != TreeFiles.GONE) {
        open.push(level(child));
      }
    }
    return bytes;
  }

  private Level level(int directory) {
    if (Thread.currentThread().isInterrupted()) {
      throw new ContainerInterruptedException(
          "interrupted while the size of layers was counted", new InterruptedException());
    }
    Names names = reader.list(directory, share);
    return new Level(directory, new Lookup(reader, names, () -> List.of(directory)));
  }

  @Override
  public void close() {
    workshop.close();
  }
}
