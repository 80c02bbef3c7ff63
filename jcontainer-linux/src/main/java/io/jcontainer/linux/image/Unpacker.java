package io.jcontainer.linux.image;

import io.jcontainer.LayerUsage;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.Manifest;
import io.jcontainer.linux.request.RootAttributes;
import java.nio.file.Path;
import java.util.List;

/** Makes directories of an image's layers, or finds those that were made before. */
interface Unpacker {

  /**
   * The layers of an image as directories, which are not removed before they are given up.
   *
   * @param store has the image
   */
  Unpacked unpack(ImageStore store, Manifest manifest, ImageConfig config);

  /** Layers that come in, which are unpacked meanwhile. */
  Incoming incoming();

  /**
   * Removes layers that no image has and nobody holds.
   *
   * @return how many
   */
  int prune(ImageStore store);

  /** What the layers need on disk. */
  LayerUsage usage(ImageStore store);

  /**
   * Layers that are held.
   *
   * @param layers the lowest first
   * @param root what the root directory is like that they are to have
   * @param giveUp is called once
   */
  record Unpacked(List<Path> layers, RootAttributes root, Runnable giveUp) {}

  /** Takes layers while they come in; what was not asked for when it is closed is removed. */
  interface Incoming extends LayerSink, AutoCloseable {

    /** The same as {@link Unpacker#unpack}, with what it has taken. */
    Unpacked unpack(ImageStore store, Manifest manifest, ImageConfig config);

    @Override
    void close();
  }
}
