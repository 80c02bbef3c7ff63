package io.jcontainer.linux.image;

import io.jcontainer.linux.sys.DirectoryCalls;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which layers are on disk, whatever happens to the machine. To wait for that takes seconds on a
 * disk that is in use, so that nobody does: a layer that is not there yet is marked with the boot
 * in which it was unpacked. As long as that lasts, the kernel has all of it; after it, what is
 * still marked may be half there, and is unpacked again.
 */
final class Syncs {
  /** The mark. */
  static final String UNSYNCED = "unsynced";

  private static final Logger LOG = LoggerFactory.getLogger(Syncs.class);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final int O_RDONLY = 0;

  /** One for all, for they wait for the same disks. */
  private static final Executor THREAD = thread();

  private final Kernel kernel;
  private final Executor executor;
  private final String boot;

  Syncs(Kernel kernel) throws IOException {
    this(kernel, THREAD, Files.readString(BOOT_ID).strip());
  }

  /** Has another thread, and another boot. */
  Syncs(Kernel kernel, Executor executor, String boot) {
    this.kernel = kernel;
    this.executor = executor;
    this.boot = boot;
  }

  private static Executor thread() {
    ThreadPoolExecutor one =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            action -> {
              Thread thread = new Thread(action, "jcontainer-sync");
              thread.setDaemon(true);
              return thread;
            });
    one.allowCoreThreadTimeOut(true);
    return one;
  }

  /** Marks a directory that something is going to be unpacked in. */
  void mark(Path directory) throws IOException {
    Files.writeString(directory.resolve(UNSYNCED), boot);
  }

  /** Whether all that was in a directory is still in it. */
  boolean isWhole(Path directory) throws IOException {
    try {
      return Files.readString(directory.resolve(UNSYNCED)).equals(boot);
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  /** Has a directory synced some time, and its mark removed then. */
  void later(Path directory) {
    // By descriptor: another one may have its name by then.
    Fd place = kernel.open(directory.toString(), O_RDONLY);
    try {
      executor.execute(
          () -> {
            try (place) {
              sync(place);
            } catch (SyscallException e) {
              LOG.debug("a layer is not known to be on disk, and stays marked", e);
            }
          });
    } catch (RuntimeException | Error e) {
      place.close();
      throw e;
    }
  }

  private void sync(Fd place) {
    try (DirectoryCalls calls = kernel.directories()) {
      calls.sync(place);
      calls.remove(place, UNSYNCED);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) { // it was pruned meanwhile
        throw e;
      }
    }
  }
}
