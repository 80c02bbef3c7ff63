package io.jcontainer.linux.image;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.tar.BadStreamException;
import io.jcontainer.images.tar.TarReader;
import io.jcontainer.linux.copy.LayerCompletion;
import io.jcontainer.linux.image.LayerPlaces.Begun;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.sys.DirectoryCalls;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One layer on its way to disk. It is written first, and completed when those below are there. */
final class Unpacking implements AutoCloseable {
  private static final int O_RDONLY = 0;

  private final Kernel kernel;
  private final Launcher launcher;
  private final Rights rights;
  private final Begun begun;
  private final Pending pending;
  private final String what;
  private final Budget budget;

  /** What the layer says of its root. */
  private @Nullable RootAttributes rootAttributes;

  /** What is completed, for messages. */
  private String at = "";

  /** Takes over the place. */
  Unpacking(
      Kernel kernel, Launcher launcher, Rights rights, Begun begun, Digest diffId, Budget budget) {
    this.budget = budget;
    this.kernel = kernel;
    this.launcher = launcher;
    this.rights = rights;
    this.begun = begun;
    this.pending = new Pending(begun.path().resolve("pending"));
    this.what = "cannot unpack layer " + diffId;
  }

  /** Writes all that is in a tar, and reads that to its end, where it is verified. */
  void write(InputStream in) {
    InputStream tar = budget.counted(in);
    LayerWriter writer = null;
    try (DirectoryCalls calls = kernel.directories();
        Fd place = kernel.open(begun.path().toString(), O_RDONLY);
        Replaced replaced = new Replaced(calls, place)) {
      Fd root = calls.openDirectory(place, "diff");
      writer =
          new LayerWriter(calls, root, rights, unmasked(calls, place), budget, pending, replaced);
      try (LayerWriter closed = writer) {
        closed.write(TarReader.ofBytes(tar));
      }
      tar.transferTo(OutputStream.nullOutputStream());
      if (writer.hasOpaqueRoot()) {
        begun.markOpaque();
      }
      rootAttributes = writer.root();
      if (!replaced.isEmpty()) {
        begun.remove(Replaced.NAME);
      }
    } catch (IOException | RuntimeException e) {
      throw failure(writer == null ? "" : writer.at(), e);
    }
  }

  /** Which permissions a new file can get: found out by making one, for a mask is not all. */
  private static int unmasked(DirectoryCalls calls, Fd place) {
    String name = "probe";
    try (Fd probe = calls.create(place, name, 0777)) {
      return calls.stat(probe).permissions();
    } finally {
      calls.remove(place, name);
    }
  }

  /**
   * Does what is left to do, gives the layer its name, and lets go of it.
   *
   * @param lowers the layers below as far as they can be seen, topmost first
   * @param below the root that they give a container
   */
  void complete(List<Path> lowers, RootAttributes below) {
    try {
      if (!pending.isEmpty()) {
        LayerOwner owner = rights.owner();
        try (LayerCompletion completion =
            LayerCompletion.begin(
                launcher,
                owner == null ? null : owner.namespace(),
                rights.marks(),
                begun.diff(),
                lowers,
                this::looked)) {
          visit(completion);
        }
      }
      pending.close();
      begun.markRoot(rootAttributes == null ? below : rootAttributes);
      begun.publish();
    } catch (IOException | RuntimeException e) {
      RuntimeException failure = failure(LayerPath.shown(at), e);
      close(failure);
      throw failure;
    }
    close();
  }

  /** Many names times many layers can take long. */
  private void looked(int layers) {
    goOn(at);
    budget.looked(layers);
  }

  private void goOn(String path) {
    at = path;
    if (Thread.currentThread().isInterrupted()) {
      throw new ContainerInterruptedException(
          "interrupted while layers were completed", new InterruptedException());
    }
  }

  private void visit(LayerCompletion completion) throws IOException {
    pending.visit(
        new Pending.Visitor() {
          @Override
          public void implied(String path) {
            goOn(path);
            completion.implied(path);
          }

          @Override
          public void whiteout(String path) {
            goOn(path);
            completion.whiteout(path);
          }

          @Override
          public void owner(
              String path,
              long uid,
              long gid,
              int mode,
              long seconds,
              int nanos,
              String capability) {
            goOn(path);
            completion.owner(path, uid, gid, mode, seconds, nanos, capability);
          }
        });
    completion.finish();
    at = "";
  }

  private RuntimeException failure(String at, Exception e) {
    String where = at.isEmpty() ? what : what + ": \"" + at + "\"";
    String message = where + ": " + e.getMessage();
    if (e instanceof BadStreamException || e instanceof InvalidImageException) {
      return new InvalidImageException(message, e);
    }
    if (e instanceof SyscallException failed) {
      return new ImageException(message + hint(failed), e);
    }
    if (e instanceof IOException || e instanceof ImageException) {
      return new ImageException(message, e);
    }
    return (RuntimeException) e;
  }

  private static String hint(SyscallException failed) {
    return switch (failed.errno()) {
      case ENOSPC, EDQUOT ->
          ". The file system is full: make room there (pruneLayers() may help), or name another"
              + " directory with RuntimeOptions.withImageDirectory";
      case EOPNOTSUPP ->
          ". The file system has no extended attributes of this kind: name a directory on another"
              + " one with RuntimeOptions.withImageDirectory";
      case EMFILE -> ". Each level of directories takes a descriptor: see ulimit -n";
      case EFBIG -> ". The file system has no files as large as that";
      default -> "";
    };
  }

  /** Removes it after a failure. */
  void close(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** Removes it, unless it was completed. */
  @Override
  public void close() {
    try (Begun closed = begun) {
      pending.close();
    } catch (IOException | SyscallException e) {
      throw new ImageException(
          "%s: what there was of it cannot be removed: %s".formatted(what, e.getMessage()), e);
    }
  }
}
