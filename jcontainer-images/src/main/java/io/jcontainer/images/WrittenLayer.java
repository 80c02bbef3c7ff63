package io.jcontainer.images;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A layer that was written to a store.
 *
 * @param descriptor of the blob, as a manifest has it
 * @param diffId the digest of its tar, as a configuration has it
 * @since 0.1.0
 */
public record WrittenLayer(Descriptor descriptor, Digest diffId) {

  /** Writes the tar of a layer. */
  @FunctionalInterface
  public interface Content {

    /**
     * Writes it.
     *
     * @param tar where to; not to be closed
     * @throws IOException if it cannot be written
     */
    void writeTo(OutputStream tar) throws IOException;
  }
}
