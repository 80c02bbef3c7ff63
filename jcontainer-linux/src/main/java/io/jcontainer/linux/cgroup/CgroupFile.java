package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A file of the kernel's that is read again and again. It is kept open if there is a permit for one
 * more descriptor: to open and close it takes five times as long as to read it. For one thread at a
 * time.
 */
final class CgroupFile {
  private static final int O_RDONLY = 0;

  private final Kernel kernel;
  private final String path;
  private final Semaphore permits;
  private final boolean atOnce;
  private @Nullable Fd kept;
  private boolean absent;

  /**
   * Opens nothing yet.
   *
   * @param atOnce whether one read(2) that fills no buffer has read all, as with files of cgroups
   * @param permits for descriptors that are kept open
   */
  CgroupFile(Kernel kernel, String path, boolean atOnce, Semaphore permits) {
    this.kernel = kernel;
    this.path = path;
    this.atOnce = atOnce;
    this.permits = permits;
  }

  /**
   * Reads it as it is now.
   *
   * @return whether there is such a file: not if this kernel has none, if the controller is not on
   *     there, or if the cgroup has been removed
   */
  boolean read(ReadBuffer buffer) {
    if (absent) {
      return false;
    }
    try {
      if (kept != null) {
        buffer.fill(kept, atOnce);
        return true;
      }
      Fd file = kernel.open(path, O_RDONLY);
      if (permits.tryAcquire()) {
        kept = file;
        buffer.fill(file, atOnce);
        return true;
      }
      try (file) {
        buffer.fill(file, atOnce);
        return true;
      }
    } catch (SyscallException e) {
      if (!meansAbsent(e.errno())) {
        throw e;
      }
      absent = true;
      close();
      return false;
    }
  }

  /** The one number that it holds, as {@link KernelText#onlyNumber}. */
  long number(ReadBuffer buffer) {
    return read(buffer) ? buffer.text().onlyNumber() : KernelText.NONE;
  }

  /** The numbers behind these words, as {@link KernelText#keyed}. */
  void keyed(String[] keys, long[] numbers, ReadBuffer buffer) {
    if (read(buffer)) {
      buffer.text().keyed(keys, numbers);
    } else {
      Arrays.fill(numbers, KernelText.NONE);
    }
  }

  private static boolean meansAbsent(Errno errno) {
    return switch (errno) {
      case ENOENT, ENODEV -> true;
      case EOPNOTSUPP -> true; // pressure that is switched off
      case ESRCH -> true; // of a process that has ended
      default -> false;
    };
  }

  /** Whether it is kept open. */
  boolean isOpen() {
    return kept != null;
  }

  /** Gives its descriptor back; it may be read again afterwards. */
  void close() {
    if (kept != null) {
      kept.close();
      kept = null;
      permits.release();
    }
  }
}
