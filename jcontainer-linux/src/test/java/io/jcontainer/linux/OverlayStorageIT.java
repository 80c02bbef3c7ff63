package io.jcontainer.linux;

import io.jcontainer.LayeredRootfs;
import java.nio.file.Path;
import java.util.List;

/** The kernel's overlay: the host's root has it mounted, an ordinary user's user namespace. */
class OverlayStorageIT extends StorageContract {
  @Override
  LayeredRootfs root(List<Path> lowestFirst) {
    return LayeredRootfs.layers(lowestFirst);
  }

  @Override
  String mounted() {
    return "overlay / overlay ";
  }

  @Override
  boolean hasAnyNumberOfLayers() {
    return false;
  }
}
