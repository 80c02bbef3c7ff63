package io.jcontainer.linux.copy;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much room directories take on disk, with all that is in them, whoever it belongs to. What is
 * removed meanwhile takes none. Each level takes a descriptor.
 */
public final class TreeSize implements AutoCloseable {
  private static final int AT_A_TIME = 100;

  /** What statx(2) counts in. */
  private static final int BLOCK = 512;

  private final Workshop workshop;
  private final TreeReader reader;

  /** A directory that is open, and what is still to be looked into. */
  private record Level(int directory, Deque<FileName> left) {}

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
    open.push(new Level(root, new ArrayDeque<>()));
    bytes += add(open.element());
    while (!open.isEmpty()) {
      Level level = open.element();
      FileName next = level.left().poll();
      if (next == null) {
        reader.close(open.pop().directory());
        continue;
      }
      int child = reader.open(level.directory(), next);
      if (child != TreeFiles.GONE) {
        open.push(new Level(child, new ArrayDeque<>()));
        bytes += add(open.element());
      }
    }
    return bytes;
  }

  /** What is in a directory; the directories among it are to be looked into. */
  private long add(Level level) {
    if (Thread.currentThread().isInterrupted()) {
      throw new ContainerInterruptedException(
          "interrupted while the size of layers was counted", new InterruptedException());
    }
    Names names = reader.list(level.directory(), HeapShare.all());
    long bytes = 0;
    for (int from = 0; from < names.size(); from += AT_A_TIME) {
      List<FileName> some = new ArrayList<>();
      for (int i = from; i < Math.min(names.size(), from + AT_A_TIME); i++) {
        some.add(names.get(i));
      }
      for (LayerEntry entry : reader.look(level.directory(), some).values()) {
        if (entry.isDirectory()) {
          level.left().add(entry.name());
          bytes += entry.stat().blocks() * BLOCK;
        } else {
          // All names of a file are in its layer, and each is found: together they are the file.
          bytes += entry.stat().blocks() * BLOCK / Math.max(1, entry.stat().links());
        }
      }
    }
    return bytes;
  }

  @Override
  public void close() {
    workshop.close();
  }
}
