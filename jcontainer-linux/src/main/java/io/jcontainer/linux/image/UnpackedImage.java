package io.jcontainer.linux.image;

import io.jcontainer.linux.image.LayerPlaces.Held;
import io.jcontainer.linux.request.RootAttributes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The layers of an image as directories. Nobody removes them until this is closed. */
public final class UnpackedImage implements AutoCloseable {
  private final List<Held> held;

  /** Takes over the layers, the lowest first. */
  UnpackedImage(List<Held> held) {
    this.held = List.copyOf(held);
  }

  /**
   * The directories for a root file system.
   *
   * @return the lowest first; those below one that hides all of them are left out
   */
  public List<Path> layers() {
    List<Path> layers = new ArrayList<>();
    for (Held each : held) {
      if (each.isOpaque()) {
        layers.clear();
      }
      layers.add(each.diff());
    }
    return List.copyOf(layers);
  }

  /** What the root of such a file system is like. */
  public RootAttributes root() {
    return Unpackings.root(held);
  }

  /** Lets go of them. */
  @Override
  public void close() {
    held.forEach(Held::close);
  }
}
