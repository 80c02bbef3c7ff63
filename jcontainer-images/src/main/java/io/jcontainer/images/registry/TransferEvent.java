package io.jcontainer.images.registry;

import io.jcontainer.images.Descriptor;

/**
 * Something that happened to a manifest or a blob on its way.
 *
 * @param step what happened
 * @param blob to which manifest, index, configuration or layer
 * @param bytes how many of its bytes have been transferred by now, from 0 to the blob's size
 * @since 0.1.0
 */
public record TransferEvent(Step step, Descriptor blob, long bytes) {

  /** What can happen. */
  public enum Step {
    /** It is where it is to go already. The last event of it. */
    PRESENT,
    /** It is going to be transferred. */
    STARTED,
    /** More of it has been transferred; not for each byte, but for about each 256 KiB. */
    PROGRESS,
    /** The connection broke, or stalled, and the transfer goes on from where it was. */
    RESUMED,
    /** The registry has taken it over from another of its repositories. The last event of it. */
    MOUNTED,
    /** It is there whole. The last event of it. */
    FINISHED
  }
}
