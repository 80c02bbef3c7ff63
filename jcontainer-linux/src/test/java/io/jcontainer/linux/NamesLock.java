package io.jcontainer.linux;

import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.nio.file.Path;

/** Holds the lock of a state directory's names: a start with a name is under way until it goes. */
final class NamesLock implements AutoCloseable {
  private static final int O_CREAT_RDWR = 0x42;

  private final Fd lock;

  private NamesLock(Fd lock) {
    this.lock = lock;
  }

  /** Takes it; the directory is there. */
  static NamesLock hold(Path state) {
    Kernel kernel = new JnaKernel();
    Fd lock = kernel.open(state.resolve("names.lock").toString(), O_CREAT_RDWR);
    kernel.lock(lock, true, true);
    return new NamesLock(lock);
  }

  @Override
  public void close() {
    lock.close();
  }
}
