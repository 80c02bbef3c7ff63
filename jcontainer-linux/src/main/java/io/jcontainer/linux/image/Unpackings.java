package io.jcontainer.linux.image;

import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageException;
import io.jcontainer.linux.image.LayerPlaces.Begun;
import io.jcontainer.linux.image.LayerPlaces.Held;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Begins layers, and knows which of them are there.
 *
 * @param rights those of the JVM
 * @param places where layers are
 */
record Unpackings(Kernel kernel, Launcher launcher, Rights rights, LayerPlaces places) {

  /** The layer of this chain, if it is there. */
  @Nullable Held find(Digest chain) {
    try {
      return places.find(chain);
    } catch (IOException | SyscallException e) {
      throw failure(chain, e);
    }
  }

  /** Removes what killed JVMs have left. */
  void sweep() {
    try {
      places.sweep();
    } catch (IOException | SyscallException e) {
      throw new ImageException("cannot clear the directory of layers: " + e.getMessage(), e);
    }
  }

  /**
   * Begins with the layer of this chain.
   *
   * @param budget what its image may still have
   * @param comesIn whether it is still to come in; else this waits for others who unpack it
   * @return null if it is there by now, or comes in otherwise
   */
  @Nullable Unpacking begin(Digest chain, Digest diffId, Budget budget, boolean comesIn) {
    try {
      Begun begun = places.begin(chain, comesIn);
      return begun == null ? null : new Unpacking(kernel, launcher, rights, begun, diffId, budget);
    } catch (IOException | SyscallException e) {
      throw failure(chain, e);
    }
  }

  private static ImageException failure(Digest chain, Exception cause) {
    return new ImageException(
        "cannot use the directory of the layer %s: %s".formatted(chain, cause.getMessage()), cause);
  }

  /** What can be seen of layers, topmost first. */
  static List<Path> visible(List<Held> lowestFirst) {
    List<Path> topFirst = new ArrayList<>();
    for (int i = lowestFirst.size() - 1; i >= 0; i--) {
      topFirst.add(lowestFirst.get(i).diff());
      if (lowestFirst.get(i).isOpaque()) {
        break;
      }
    }
    return topFirst;
  }

  /** The root that layers give a container. */
  static RootAttributes root(List<Held> lowestFirst) {
    return lowestFirst.isEmpty()
        ? RootAttributes.USUAL
        : lowestFirst.get(lowestFirst.size() - 1).root();
  }
}
