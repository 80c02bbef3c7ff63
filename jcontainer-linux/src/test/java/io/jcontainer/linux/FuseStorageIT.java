package io.jcontainer.linux;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.LayeredRootfs.Fallback;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** fuse-overlayfs(1), since one of the layers is none for the kernel's overlay. */
@RequiresHost(Feature.FUSE_OVERLAYFS)
class FuseStorageIT extends StorageContract {
  @Override
  LayeredRootfs root(List<Path> lowestFirst) {
    List<Path> layers = new ArrayList<>(List.of(REFUSED));
    layers.addAll(lowestFirst);
    return LayeredRootfs.layers(layers).withFallback(Set.of(Fallback.FUSE_OVERLAYFS));
  }

  @Override
  String mounted() {
    return "fuse / fuse ";
  }

  /** What it writes is not what an overlay of the kernel's would read. */
  @Override
  boolean canBeKept() {
    return false;
  }
}
