package io.jcontainer.linux.run;

import io.jcontainer.ContainerSpec;
import io.jcontainer.linux.image.ImageHold;
import io.jcontainer.linux.request.RootAttributes;
import org.jspecify.annotations.Nullable;

/**
 * A spec whose root file system is made of directories, and a hold on these if they are an image's.
 *
 * @param spec what is started
 * @param image null if the root is none
 */
record FoundSpec(ContainerSpec spec, @Nullable ImageHold image) implements AutoCloseable {

  /** What its root directory is to be like, whatever ids the container has. */
  RootAttributes root() {
    return image == null ? RootAttributes.USUAL : image.attributes();
  }

  /** The same with a hold of its own; this one must be open. */
  FoundSpec another() {
    return image == null ? this : new FoundSpec(spec, image.another());
  }

  @Override
  public void close() {
    if (image != null) {
      image.close();
    }
  }
}
