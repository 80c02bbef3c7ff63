package io.jcontainer;

import java.io.OutputStream;
import java.util.List;

/**
 * What a container has written above its layers, while it runs, after its end, or where it was kept
 * by {@link LayeredRootfs#writableIn}. It can be looked at if the root file system is {@linkplain
 * LayeredRootfs#inspectable() inspectable}, or is kept.
 *
 * <p>The upper directory of the overlay is read, and of the layers only what it stands above, so it
 * takes as long as there are changes, however large the layers are. What is mounted in the
 * container is no part of it.
 *
 * <p>A container that runs may change its files meanwhile. Nothing that it does leads out of its
 * write layer, but what comes out is then of no one moment: {@link Container#pause()} it before, if
 * that matters. A file that grows is taken as far as it was when it was found, one that shrinks is
 * filled with zeros, and what vanishes is left out.
 *
 * @see Container
 * @see ContainerHandle
 * @see ContainerRuntime#writeLayer
 * @since 0.1.0
 */
public interface WriteLayer {

  /**
   * What has been added, modified and deleted, as {@code docker diff} says it. All that is in a
   * directory that was added is named as well; of one that was deleted, only itself. A file is
   * modified if anything of it was, such as its mode, even if it is the same again; a directory if
   * its own owner, mode or attributes are others than below, not by what is in it, for which {@code
   * docker diff} names it too. The root, {@code /}, is modified if its owner or mode is.
   *
   * @return a directory before what is in it, and otherwise in the order of the names' bytes; empty
   *     if nothing was changed, or there is no write layer
   * @throws InvalidSpecException if the root file system is not inspectable, or not of layers
   * @throws CopyFailedException if it cannot be read
   * @throws ContainerGoneException if the container is closed, or the runtime is
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  List<Change> changes();

  /**
   * Writes the changes as a layer: a tar as the OCI image specification has it, layer.md, with an
   * empty file {@code .wh.NAME} for each that was deleted, and the directories above a change with
   * their attributes. The same changes give the same bytes. Owners are the container's ids; times
   * of change are to the nanosecond; the attributes {@code user.*} and {@code security.capability}
   * are in it as pax records. Names are in it as the bytes that they are. Sockets are left out, as
   * tar(1) does.
   *
   * <p>Holes in files become zeros; more than 16 GiB of them in all are refused, since a file of a
   * few bytes can say that it is of any size.
   *
   * @param layer where to; is flushed, and not closed
   * @throws java.io.UncheckedIOException if it cannot be written there
   * @throws InvalidSpecException if the root file system is not inspectable, or not of layers
   * @throws HostUnsupportedException if jcontainer-images is not on the class path
   * @throws CopyFailedException if it cannot be read
   * @throws ContainerGoneException if the container is closed, or the runtime is
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  void diff(OutputStream layer);

  /**
   * Writes the whole root file system as one tar, as {@code docker export} does: the layers with
   * the changes on top, in the form of {@link #diff}. Of {@code /proc}, {@code /sys} and {@code
   * /dev} there are the directories only, and of what else is mounted what lies below the mounts.
   * The root itself is in it unless it is root's with mode 0755.
   *
   * @param tar where to; is flushed, and not closed
   * @throws java.io.UncheckedIOException if it cannot be written there
   * @throws InvalidSpecException if the root file system is not inspectable, or not of layers
   * @throws HostUnsupportedException if jcontainer-images is not on the class path
   * @throws CopyFailedException if it cannot be read
   * @throws ContainerGoneException if the container is closed, or the runtime is
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  void export(OutputStream tar);

  /**
   * Makes an image of the container, as {@code docker commit} does, in the {@linkplain
   * RuntimeOptions#imageDirectory() image directory}: the layers of the image that it was started
   * of, and the {@linkplain #diff changes} as one more, if there are any. Of a root that is no
   * image, all of it becomes one layer. What the image says about commands, variables and users is
   * what the one below says, and not how this container was started, unless the options say
   * otherwise. Layers are not compressed.
   *
   * <p>The container is not paused meanwhile: see above.
   *
   * @param options its name, and what it says otherwise
   * @return the image
   * @throws InvalidSpecException if the root file system is not inspectable, or not of layers, or
   *     the name is none, or has a digest, or a change is not understood
   * @throws HostUnsupportedException if jcontainer-images is not on the class path
   * @throws ContainerException if the image that the container was started of is not in the image
   *     directory any more, or nothing can be written there
   * @throws CopyFailedException if what was written cannot be read
   * @throws ContainerGoneException if the container is closed, or the runtime is
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  Image commit(CommitOptions options);
}
