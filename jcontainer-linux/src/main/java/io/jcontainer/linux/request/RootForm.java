package io.jcontainer.linux.request;

import java.nio.file.Path;

/** How the layers of a root file system become one. */
public sealed interface RootForm {

  /** The kernel mounts an overlay of them. */
  record Overlay() implements RootForm {}

  /** A process serves an overlay of them, and the launcher gets it as a mount, by descriptor. */
  record Served() implements RootForm {}

  /**
   * They have been copied.
   *
   * @param directory the copy, which is the container's alone
   */
  record Copy(Path directory) implements RootForm {}
}
