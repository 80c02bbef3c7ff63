package io.jcontainer.linux.request;

import java.nio.file.Path;

/** How the layers of a root file system become one. */
public sealed interface RootForm {

  /** The kernel mounts an overlay of them. */
  record Overlay() implements RootForm {}

  /**
   * They have been copied.
   *
   * @param directory the copy, which is the container's alone
   */
  record Copy(Path directory) implements RootForm {}
}
