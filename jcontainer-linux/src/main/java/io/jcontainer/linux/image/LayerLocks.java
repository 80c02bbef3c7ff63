package io.jcontainer.linux.image;

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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Layers of an image that another JVM has unpacked, and that nobody removes as long as this is
 * open. It needs no image store: only where they lie.
 */
public final class LayerLocks implements AutoCloseable {
  private final List<Fd> locks;

  private LayerLocks(List<Fd> locks) {
    this.locks = locks;
  }

  /**
   * Holds layers.
   *
   * @param layers as {@link ImageHold#layers} has them
   * @return null if one of them is not there any more
   */
  public static @Nullable LayerLocks of(Kernel kernel, Arch arch, List<Path> layers)
      throws IOException {
    List<Fd> locks = new ArrayList<>();
    try {
      for (Path layer : layers) {
        if (!lock(kernel, arch, layer.resolveSibling("lock"), locks)) {
          locks.forEach(Fd::close);
          return null;
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      locks.forEach(Fd::close);
      throw e;
    }
    return new LayerLocks(locks);
  }

  /** Whoever removes a layer has its lock alone until there is no such file. */
  private static boolean lock(Kernel kernel, Arch arch, Path file, List<Fd> locks)
      throws IOException {
    try {
      Fd lock = kernel.open(file.toString(), (int) Flag.Open.O_NOFOLLOW.bits(arch));
      locks.add(lock);
      return kernel.lock(lock, false, false) && Files.isSameFile(file, Path.of(lock.path()));
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public void close() {
    locks.forEach(Fd::close);
  }
}
