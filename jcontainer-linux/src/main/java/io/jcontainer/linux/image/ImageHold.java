package io.jcontainer.linux.image;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.request.RootAttributes;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** An image whose layers lie in directories, which stay as long as somebody has such a hold. */
public final class ImageHold implements AutoCloseable {
  private final ImageRoots roots;
  private final ImageRoots.Root root;
  private final AtomicBoolean closed = new AtomicBoolean();

  ImageHold(ImageRoots roots, ImageRoots.Root root) {
    this.roots = roots;
    this.root = root;
  }

  ImageRoots.Root root() {
    return root;
  }

  /** The digest of its manifest or index. */
  public String digest() {
    return root.digest();
  }

  /** The directories, the lowest layer first; the same list as long as they are held. */
  public List<Path> layers() {
    return root.layers();
  }

  /** What its root directory is like. */
  public RootAttributes attributes() {
    return root.attributes();
  }

  /** A root file system of this image, with the layers. */
  public LayeredRootfs found(LayeredRootfs rootfs) {
    return rootfs.found(root.digest(), root.layers());
  }

  /** Another one, which is closed by itself; this one must be open. */
  public ImageHold another() {
    return roots.another(root);
  }

  /** Gives it up; idempotent. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      roots.release(root);
    }
  }
}
