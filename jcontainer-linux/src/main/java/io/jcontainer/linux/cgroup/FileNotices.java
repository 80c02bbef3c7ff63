package io.jcontainer.linux.cgroup;

import io.jcontainer.HostUnsupportedException;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.NativeBuffer;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a file of a cgroup changes, by one inotify(7) descriptor for all: a user may have 128
 * of them. It is there while there are files.
 */
final class FileNotices implements AutoCloseable {
  private static final int EVENT_SIZE = 16;
  private static final int BUFFER_SIZE = 64 * EVENT_SIZE;

  /** The watch of an event that says that others were lost. */
  private static final int ALL = -1;

  private static final int IN_IGNORED = 0x8000;

  private final Kernel kernel;
  private final EventLoop loop;

  // All guarded by this.
  private final Map<Integer, List<Runnable>> actions = new HashMap<>();
  private @Nullable Fd inotify;
  private EventLoop.@Nullable Watch watch;
  private @Nullable NativeBuffer buffer;

  FileNotices(Kernel kernel, EventLoop loop) {
    this.kernel = kernel;
    this.loop = loop;
  }

  /**
   * Does something in the loop's thread whenever this file changes.
   *
   * @return ends that; it may be under way still, but does not begin any more
   * @throws SyscallException if there is no such file
   * @throws HostUnsupportedException if the user may not watch more files
   */
  synchronized Runnable watch(String path, Runnable action) {
    try {
      int number = kernel.watchFile(open(), path);
      actions.computeIfAbsent(number, each -> new ArrayList<>()).add(action);
      return () -> end(number, action);
    } catch (SyscallException e) {
      if (actions.isEmpty()) {
        close();
      }
      if (e.errno() == Errno.ENOSPC || e.errno() == Errno.EMFILE) {
        throw new HostUnsupportedException(
            "events of containers",
            "the user's share of inotify(7) is used up; an administrator can enlarge it: sysctl"
                + " fs.inotify.max_user_watches=65536 fs.inotify.max_user_instances=1024",
            e);
      }
      throw e;
    }
  }

  private Fd open() {
    if (inotify == null) {
      Fd opened = kernel.inotify();
      try {
        watch = loop.watch(opened, false, this::happened);
      } catch (RuntimeException e) {
        opened.close();
        throw e;
      }
      buffer = kernel.buffer(BUFFER_SIZE);
      inotify = opened;
    }
    return inotify;
  }

  private synchronized void end(int number, Runnable action) {
    List<Runnable> there = actions.get(number);
    if (there != null && there.remove(action) && there.isEmpty()) {
      actions.remove(number);
      if (actions.isEmpty()) {
        close();
      } else if (inotify != null) {
        kernel.unwatchFile(inotify, number);
      }
    }
  }

  private void happened() {
    changed().forEach(Runnable::run);
  }

  /** What is to be done, once for each file that has changed. */
  private synchronized Set<Runnable> changed() {
    Set<Runnable> due = new LinkedHashSet<>();
    if (inotify == null || buffer == null) {
      return due; // it was closed meanwhile
    }
    byte[] bytes = new byte[BUFFER_SIZE];
    int count = kernel.read(inotify, buffer, BUFFER_SIZE);
    while (count > 0) {
      buffer.get(bytes, 0, count);
      // A watch of a file has no names in its events, so all are of one size.
      ByteBuffer events = ByteBuffer.wrap(bytes, 0, count).order(ByteOrder.nativeOrder());
      for (int at = 0; at + EVENT_SIZE <= count; at += EVENT_SIZE) {
        int number = events.getInt(at);
        boolean gone = (events.getInt(at + 4) & IN_IGNORED) != 0; // with its file
        List<Runnable> told = gone ? actions.remove(number) : actions.get(number);
        if (number == ALL) {
          actions.values().forEach(due::addAll);
        } else if (told != null) {
          due.addAll(told);
        }
      }
      count = kernel.read(inotify, buffer, BUFFER_SIZE);
    }
    return due;
  }

  /** Tells nothing of all files that there are now. */
  @Override
  public synchronized void close() {
    actions.clear();
    if (watch != null) {
      watch.end();
      watch = null;
    }
    if (inotify != null) {
      inotify.close();
      inotify = null;
    }
    if (buffer != null) {
      buffer.close();
      buffer = null;
    }
  }
}
