package io.jcontainer.linux.image;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The lock in the directory of an unpacked layer, by flock(2): shared by whoever uses the layer,
 * exclusive for its making and its removal. It ends with its JVM.
 */
final class LayerLock {
  /** What it is called in the directory. */
  static final String NAME = "lock";

  private static final long PAUSE_MILLIS = 10;
  private static final int O_CREAT = 0100;
  private static final int O_RDWR = 2;

  private LayerLock() {}

  /** Makes the file, unless it is there. */
  static void make(Kernel kernel, Arch arch, Path directory) {
    Fd made = open(kernel, arch, directory, O_CREAT);
    if (made != null) {
      made.close();
    }
  }

  /**
   * Takes it.
   *
   * @param wait whether to wait for others that have it
   * @return null if there is no such directory, or others have it
   */
  static @Nullable Fd take(
      Kernel kernel, Arch arch, Path directory, boolean exclusive, boolean wait)
      throws IOException {
    while (true) {
      Fd lock = open(kernel, arch, directory, 0);
      if (lock == null) {
        return null;
      }
      try {
        boolean ours = kernel.lock(lock, exclusive, false);
        boolean stillThere = isAt(lock, directory);
        if (ours && stillThere) {
          return lock;
        }
        lock.close();
        if (!stillThere) {
          continue; // it was being removed, or has another name
        }
        if (!wait) {
          return null;
        }
      } catch (IOException | RuntimeException | Error e) {
        lock.close();
        throw e;
      }
      pause();
    }
  }

  /** Not through a link, which could have a file of any other place made. */
  private static @Nullable Fd open(Kernel kernel, Arch arch, Path directory, int flags) {
    int unfollowed = (int) Flag.Open.O_NOFOLLOW.bits(arch);
    try {
      return kernel.open(directory.resolve(NAME).toString(), O_RDWR | unfollowed | flags);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return null;
      }
      throw e;
    }
  }

  /** flock(2) itself would wait for longer than anybody who interrupts the thread does. */
  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ContainerInterruptedException(
          "interrupted while others were unpacking or removing the same layer", e);
    }
  }

  /** Whether this is still the lock of that directory. */
  static boolean isAt(Fd lock, Path directory) throws IOException {
    try {
      return key(directory.resolve(NAME)).equals(key(Path.of(lock.path())));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }
}
