package io.jcontainer.linux.image;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
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
        // Who looks whether it could be removed has it alone for a moment.
        Fd lock = LayerLock.take(kernel, arch, layer.resolveSibling(""), false, /* wait= */ true);
        if (lock == null) {
          locks.forEach(Fd::close);
          return null;
        }
        locks.add(lock);
      }
    } catch (IOException | RuntimeException | Error e) {
      locks.forEach(Fd::close);
      throw e;
    }
    return new LayerLocks(locks);
  }

  @Override
  public void close() {
    locks.forEach(Fd::close);
  }
}
