package io.jcontainer.linux.request;

/** What the source of a mount is. */
public enum SourceKind {
  DIRECTORY,
  CHARACTER_DEVICE,
  BLOCK_DEVICE,
  /** A regular file, a socket, or a FIFO. */
  FILE
}
