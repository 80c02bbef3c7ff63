package io.jcontainer.linux;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.LayeredRootfs.Fallback;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A copy, since one of the layers is none for the kernel's overlay. */
class CopyStorageIT extends StorageContract {
  @Override
  LayeredRootfs root(List<Path> lowestFirst) {
    List<Path> layers = new ArrayList<>(List.of(REFUSED));
    layers.addAll(lowestFirst);
    return LayeredRootfs.layers(layers).withFallback(Set.of(Fallback.COPY));
  }

  /** It is the file system that the copy lies on, whatever that is. */
  @Override
  String mounted() {
    return "";
  }
}
