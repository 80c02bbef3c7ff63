package io.jcontainer.linux.image;

import io.jcontainer.images.InvalidImageException;
import io.jcontainer.linux.sys.DirectoryCalls;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directories from a layer's root down to the one that is written in, all open: archives name
 * one directory after the other, so that few are opened twice. What a directory is to have in the
 * end, it gets when it is left, for all that is made in it changes its time, and its permissions
 * could be in the way. Nothing has to be kept of those that were left: they have it on disk.
 *
 * <p>A symbolic link of the same layer is followed by us, name by name, as chroot(2) would have it:
 * the kernel is never asked to. Nobody else writes here, so that what was a directory stays one.
 */
final class OpenDirectories implements AutoCloseable {
  /**
   * The permissions of a directory that no entry has named, until the layers below are known: one
   * of the same name there says what it has to be like.
   */
  static final int IMPLIED = 0;

  /** As long as we work in it: all is allowed, and what is made in it inherits no group. */
  private static final int WORKING = 0700;

  /** As many as the kernel follows on one way: MAXSYMLINKS of include/linux/namei.h. */
  private static final int MOST_LINKS = 40;

  private final DirectoryCalls calls;
  private final Events events;
  private final List<Open> open = new ArrayList<>();

  /** Whether a link led to the directory that was entered last. */
  private boolean byLink;

  /** What happens to directories without being asked for. */
  interface Events {
    /** One was made that no entry has named. */
    void implied(LayerPath path) throws IOException;

    /** One was made in the place of a whiteout: it must hide what that has hidden. */
    void insteadOfWhiteout(Fd directory);

    /** A link was followed that leads by way of so many names. */
    void followed(int names);
  }

  /** What a name is. */
  private enum Kind {
    DIRECTORY,
    LINK,
    NOTHING
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
   * The path without links of a name in the directory that was entered last.
   *
   * @param named the path by which that was entered, and the name
   */
  LayerPath entered(LayerPath named) {
    if (!byLink) {
      return named;
    }
    List<String> names = names();
    names.add(named.name());
    return new LayerPath(names);
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    open.subList(1, open.size()).forEach(each -> names.add(each.name));
    return names;
  }

  /**
   * Goes to a directory, and makes those of its names that are not there.
   *
   * @throws InvalidImageException if a name is that of something else than a directory or a link
   */
  Open enter(List<String> names) throws IOException {
    walk(names, /* make= */ true);
    return current();
  }

  /** Goes to a directory if it is there. */
  @Nullable Open find(List<String> names) throws IOException {
    return walk(names, /* make= */ false) ? current() : null;
  }

  private boolean walk(List<String> names, boolean make) throws IOException {
    byLink = false;
    int same = goBack(names);
    if (same == names.size()) {
      return true;
    }
    Deque<String> left = new ArrayDeque<>(names.subList(same, names.size()));
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.remove();
      if (name.equals("..")) { // of a link
        leaveDownTo(Math.max(1, open.size() - 1));
        continue;
      }
      switch (open(current(), name)) {
        case DIRECTORY -> {}
        case LINK -> {
          byLink = true;
          if (++links > MOST_LINKS) {
            throw new InvalidImageException(
                "\"%s\", above it, is one of more than %d links on its way"
                    .formatted(LayerPath.shown(name), MOST_LINKS));
          }
          follow(calls.readLink(current().fd, name), left);
        }
        case NOTHING -> {
          if (!make) {
            return false;
          }
          makeImplied(name);
        }
      }
    }
    return true;
  }

  /** Puts what a link says before the names that are left. */
  private void follow(String target, Deque<String> left) {
    if (target.startsWith("/")) {
      leaveDownTo(1);
    }
    List<String> names = LayerPath.split(target);
    events.followed(names.size());
    for (int i = names.size() - 1; i >= 0; i--) {
      left.addFirst(names.get(i));
    }
  }

  private void makeImplied(String name) throws IOException {
    Whiteouts.requireOther(name); // a link may lead by any
    try {
      make(name).willBe(IMPLIED, 0, 0);
      events.implied(new LayerPath(names()));
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

  private Kind open(Open parent, String name) {
    FileStat stat = null;
    Fd fd;
    try {
      fd = calls.openDirectory(parent.fd, name);
    } catch (SyscallException e) {
      switch (e.errno()) {
        case ENOENT -> {
          return Kind.NOTHING;
        }
        case ENOTDIR, ELOOP -> {
          return other(calls.stat(parent.fd, name), name);
        }
        case EACCES -> { // it is ours, but its permissions keep us out
          stat = calls.stat(parent.fd, name);
          if (!stat.isDirectory()) {
            return other(stat, name);
          }
          calls.changeMode(parent.fd, name, WORKING);
          fd = calls.openDirectory(parent.fd, name);
        }
        default -> throw e;
      }
    }
    push(name, fd, stat);
    return Kind.DIRECTORY;
  }

  /** Nothing is where a whiteout is; a link leads on; and all else cannot have anything in it. */
  private static Kind other(FileStat stat, String name) {
    if (stat.isWhiteout()) {
      return Kind.NOTHING;
    }
    if (stat.isLink()) {
      return Kind.LINK;
    }
    throw new InvalidImageException(
        "\"%s\", above it, is no directory in this layer".formatted(LayerPath.shown(name)));
  }

  private Open push(String name, Fd fd, @Nullable FileStat before) {
    try {
      LayerPath.requireDepth(open.size());
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
