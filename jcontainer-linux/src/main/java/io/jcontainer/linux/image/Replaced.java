package io.jcontainer.linux.image;

import io.jcontainer.linux.sys.DirectoryCalls;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import org.jspecify.annotations.Nullable;

/**
 * Where directories go in whose place a layer has something else later on: all that is in them is
 * removed in the end, however deep it lies.
 */
final class Replaced implements AutoCloseable {
  /** What it is called beside the layer. */
  static final String NAME = "replaced";

  private final DirectoryCalls calls;
  private final Fd place;
  private @Nullable Fd directory;
  private long count;

  /** Makes none before it is needed. */
  Replaced(DirectoryCalls calls, Fd place) {
    this.calls = calls;
    this.place = place;
  }

  void take(Fd parent, String name) {
    if (directory == null) {
      calls.makeDirectory(place, NAME, 0700);
      directory = calls.openDirectory(place, NAME);
    }
    String free = Long.toString(count++);
    try {
      calls.rename(parent, name, directory, free);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EACCES) {
        throw e;
      }
      calls.changeMode(parent, name, 0700); // its ".." changes, so it has to be writable
      calls.rename(parent, name, directory, free);
    }
  }

  boolean isEmpty() {
    return directory == null;
  }

  @Override
  public void close() {
    if (directory != null) {
      directory.close();
    }
  }
}
