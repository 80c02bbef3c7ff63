package io.jcontainer.linux.image;

import io.jcontainer.images.InvalidImageException;
import io.jcontainer.linux.sys.DirectoryCalls;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directories from a layer's root down to the one that is written in, all open: archives name
 * one directory after the other, so that few are opened twice. What a directory is to have in the
 * end, it gets when it is left, for all that is made in it changes its time, and its permissions
 * could be in the way. Nothing has to be kept of those that were left: they have it on disk.
 */
final class OpenDirectories implements AutoCloseable {
  /**
   * The permissions of a directory that no entry has named, until the layers below are known: one
   * of the same name there says what it has to be like.
   */
  static final int IMPLIED = 0;

  /** As long as we work in it: all is allowed, and what is made in it inherits no group. */
  private static final int WORKING = 0700;

  private final DirectoryCalls calls;
  private final Events events;
  private final List<Open> open = new ArrayList<>();

  /** What happens to directories without being asked for. */
  interface Events {
    /** One was made that no entry has named. */
    void implied(List<String> names) throws IOException;

    /** One was made in the place of a whiteout: it must hide what that has hidden. */
    void insteadOfWhiteout(Fd directory);
  }

  /** A directory that is open, and what it gets when it is left. */
  static final class Open {
    private final String name;
    private final Fd fd;
    private int mode;
    private long seconds;
    private int nanos;

    private Open(String name, Fd fd, FileStat stat) {
      this.name = name;
      this.fd = fd;
      willBe(stat.permissions(), stat.seconds(), stat.nanos());
    }

    Fd fd() {
      return fd;
    }

    void willBe(int newMode, long newSeconds, int newNanos) {
      mode = newMode;
      seconds = newSeconds;
      nanos = newNanos;
    }
  }

  /** Takes over the root. */
  OpenDirectories(DirectoryCalls calls, Fd root, Events events) {
    this.calls = calls;
    this.events = events;
    open.add(new Open("", root, calls.stat(root)));
  }

  Open root() {
    return open.get(0);
  }

  private Open current() {
    return open.get(open.size() - 1);
  }

  /**
   * Goes to a directory, and makes those of its names that are not there.
   *
   * @throws InvalidImageException if a name is that of something else than a directory
   */
  Open enter(List<String> names) throws IOException {
    for (int i = goBack(names); i < names.size(); i++) {
      String name = names.get(i);
      Open next = open(current(), name);
      if (next == null) {
        makeImplied(name, names.subList(0, i + 1));
      }
    }
    return current();
  }

  private void makeImplied(String name, List<String> names) throws IOException {
    try {
      make(name).willBe(IMPLIED, 0, 0);
      events.implied(names);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      calls.remove(current().fd, name); // a whiteout
      Open made = make(name);
      made.willBe(0755, 0, 0);
      events.insteadOfWhiteout(made.fd);
    }
  }

  /** Goes to a directory if it is there. */
  @Nullable Open find(List<String> names) {
    for (int i = goBack(names); i < names.size(); i++) {
      if (open(current(), names.get(i)) == null) {
        return null;
      }
    }
    return current();
  }

  /** Leaves what is not on the way, and says how many names are open. */
  private int goBack(List<String> names) {
    int same = 0;
    while (same < names.size()
        && same + 1 < open.size()
        && open.get(same + 1).name.equals(names.get(same))) {
      same++;
    }
    leaveDownTo(same + 1);
    return same;
  }

  private @Nullable Open open(Open parent, String name) {
    FileStat stat = null;
    Fd fd;
    try {
      fd = calls.openDirectory(parent.fd, name);
    } catch (SyscallException e) {
      switch (e.errno()) {
        case ENOENT -> {
          return null;
        }
        case ENOTDIR, ELOOP -> {
          requireWhiteout(parent, name);
          return null;
        }
        case EACCES -> { // it is ours, but its permissions keep us out
          stat = calls.stat(parent.fd, name);
          if (!stat.isDirectory()) {
            requireWhiteout(parent, name);
            return null;
          }
          calls.changeMode(parent.fd, name, WORKING);
          fd = calls.openDirectory(parent.fd, name);
        }
        default -> throw e;
      }
    }
    return push(name, fd, stat);
  }

  private Open push(String name, Fd fd, @Nullable FileStat before) {
    try {
      FileStat stat = before == null ? calls.stat(fd) : before;
      Open opened = new Open(name, fd, stat);
      if (stat.permissions() != WORKING) {
        calls.changeMode(fd, WORKING);
      }
      open.add(opened);
      return opened;
    } catch (RuntimeException | Error e) {
      fd.close();
      throw e;
    }
  }

  /** Nothing is where a whiteout is; all else cannot have anything in it. */
  private void requireWhiteout(Open parent, String name) {
    if (!calls.stat(parent.fd, name).isWhiteout()) {
      throw new InvalidImageException(
          "\"%s\", above it, is no directory in this layer".formatted(LayerPath.shown(name)));
    }
  }

  /** Makes a directory in the one that was entered last, and goes there. */
  Open make(String name) {
    Fd parent = current().fd;
    calls.makeDirectory(parent, name, WORKING);
    return push(name, calls.openDirectory(parent, name), null);
  }

  private void leaveDownTo(int depth) {
    while (open.size() > depth) {
      leave(open.remove(open.size() - 1));
    }
  }

  private void leave(Open left) {
    try (Fd fd = left.fd) {
      if (left.mode != WORKING) {
        calls.changeMode(fd, left.mode);
      }
      calls.changeTime(fd, left.seconds, left.nanos);
    }
  }

  /** Leaves all of them. */
  void finish() {
    leaveDownTo(0);
  }

  @Override
  public void close() {
    open.forEach(each -> each.fd.close());
    open.clear();
  }
}
