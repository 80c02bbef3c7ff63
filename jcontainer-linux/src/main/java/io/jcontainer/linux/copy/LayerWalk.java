package io.jcontainer.linux.copy;

import io.jcontainer.CopyFailedException;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells what is in a root file system of layers, or what was changed in it. The write layer is read
 * where it lies, and not through the overlay: by an agent, since the JVM itself touches no file of
 * a container's.
 */
public final class LayerWalk implements AutoCloseable {
  private static final FileName UPPER = FileName.of("upper");

  private final Workshop workshop;
  private final LayerStack stack;

  private LayerWalk(Workshop workshop, LayerStack stack) {
    this.workshop = workshop;
    this.stack = stack;
  }

  /** Starts the agent, as a child of the calling thread, with which it dies. */
  public static LayerWalk open(Launcher launcher, LayerStack stack) {
    try {
      return new LayerWalk(
          Workshop.open(
              launcher,
              stack.user().order() == Order.FIRST ? stack.namespace() : null,
              stack.scratch() == null ? List.of() : List.of(stack.scratch())),
          stack);
    } catch (SyscallException e) {
      throw failed("/", e);
    }
  }

  /** Tells what was changed; once. */
  public void changes(TreeSink sink) throws IOException {
    walk(false, sink);
  }

  /** Tells all that is there; once. */
  public void whole(TreeSink sink) throws IOException {
    walk(true, sink);
  }

  private void walk(boolean whole, TreeSink sink) throws IOException {
    Walk walk =
        new Walk(
            new TreeReader(workshop),
            new Viewer(stack.user(), stack.idmapped()),
            OverlayMarks.of(stack.user()),
            stack.root(),
            stack.mountPoints(),
            whole,
            sink);
    try {
      walk.run(upper(), lowers());
    } catch (SyscallException e) {
      throw failed("/" + walk.where(), e);
    } catch (Walk.RefusedException | HeapShare.ExceededException e) {
      String at = "/" + walk.where();
      throw new CopyFailedException(
          "the write layer cannot be read: \"%s\": %s".formatted(at, e.getMessage()),
          at,
          null,
          null);
    }
  }

  private int upper() {
    Path kept = stack.upper();
    if (kept != null) {
      return workshop.openLayer(kept);
    }
    return stack.scratch() == null
        ? TreeFiles.GONE
        : workshop.openDirectory(workshop.others(), UPPER);
  }

  private List<Integer> lowers() {
    List<Integer> topFirst = new ArrayList<>();
    for (int i = stack.layers().size() - 1; i >= 0; i--) {
      topFirst.add(workshop.openLayer(stack.layers().get(i)));
    }
    return topFirst;
  }

  private static CopyFailedException failed(String path, SyscallException failure) {
    String hint =
        switch (failure.errno()) {
          case EACCES -> ". The container's root has no right to read it";
          case ENOENT -> ". A layer, or the directory of the write layer, is not where it was";
          case EMFILE -> ". Each level of directories in layers takes a descriptor: see ulimit -n";
          case EAGAIN -> ". Nothing happened for a minute, and it was given up";
          case EPIPE, ECONNRESET -> ". The process that reads was killed, or the runtime closed";
          default -> "";
        };
    return new CopyFailedException(
        "the write layer cannot be read: \"%s\": %s%s".formatted(path, failure.getMessage(), hint),
        path,
        failure.errno().name(),
        failure);
  }

  @Override
  public void close() {
    workshop.close();
  }
}
