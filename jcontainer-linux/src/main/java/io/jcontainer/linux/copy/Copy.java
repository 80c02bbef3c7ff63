package io.jcontainer.linux.copy;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.CopyFailedException;
import java.util.List;
import java.util.Optional;

/** One copy: the walk through the source. What it finds is held by descriptors on both sides. */
final class Copy {
  /** A container can nest directories deeper than any stack or table of descriptors is. */
  private static final int DEEPEST = 1_000;

  /** A container can make names faster than they are copied. */
  private static final int MOST_IN_A_DIRECTORY = 1_000_000;

  private static final long MOST = 10_000_000;

  private final Source from;
  private final Target to;
  private long copied;

  Copy(Source from, Target to) {
    this.from = from;
    this.to = to;
  }

  /** Where a copy is: a path on each side, for messages only. */
  private record At(String source, String target, int depth) {

    At below(FileName name) {
      return new At(join(source, name), join(target, name), depth + 1);
    }

    private static String join(String directory, FileName name) {
      return directory.endsWith("/") ? directory + name : directory + "/" + name;
    }
  }

  /** Copies a file, or a directory with all that is in it. */
  void run(String source, String target) {
    At at = new At(source, target, 0);
    try {
      Node node = from.find(source).orElseThrow(() -> refused(from, source, "it is not there"));
      Optional<Node> existing = to.find(target);
      if (existing.isPresent() && existing.get().isDirectory()) {
        into(node, existing.get(), at);
      } else {
        as(node, existing.isPresent(), at);
      }
    } catch (Side.SideException e) {
      throw failed(e, at);
    }
  }

  private void into(Node node, Node directory, At at) {
    int parent = to.enter(directory);
    FileName name = lastName(at.source());
    if (name.isProper()) {
      entry(node, parent, name, new At(at.source(), At.join(at.target(), name), 0));
      to.leave(parent);
    } else {
      contents(node, new Target.Directory(parent, false), at);
    }
  }

  private void as(Node node, boolean there, At at) {
    String target = at.target();
    FileName name = lastName(target);
    if (there && node.isDirectory()) {
      throw refused(to, target, "it is no directory, so no directory can be copied there");
    }
    if (!name.isProper() || target.endsWith("/")) {
      throw refused(to, target, "there is no such directory");
    }
    String above = target.substring(0, trimmed(target).lastIndexOf('/') + 1);
    Node directory =
        to.find(above).orElseThrow(() -> refused(to, above, "there is no such directory"));
    int parent = to.enter(directory);
    entry(node, parent, name, at);
    to.leave(parent);
  }

  private static FileName lastName(String path) {
    String trimmed = trimmed(path);
    return FileName.of(trimmed.substring(trimmed.lastIndexOf('/') + 1));
  }

  private static String trimmed(String path) {
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    return path.substring(0, end);
  }

  private void entry(Node node, int parent, FileName name, At at) {
    goOn(at);
    try {
      switch (node.stat().type()) {
        case DIRECTORY -> contents(node, to.makeDirectory(parent, name), at);
        case FILE -> {
          from.hand(node);
          to.makeFile(parent, name, node.stat(), () -> goOn(at));
        }
        case LINK -> to.makeLink(parent, name, from.readLink(node), node.stat());
        default ->
            throw refused(
                from,
                at.source(),
                "it is a " + node.stat().type() + ": only files, directories and links are copied");
      }
      copied++;
    } catch (Side.SideException e) {
      throw failed(e, at);
    } catch (Target.NoSizeException e) {
      throw refused(
          from,
          at.source(),
          "it has a content but no size, as files of /proc do; let a command read it");
    }
  }

  private void contents(Node node, Target.Directory directory, At at) {
    if (!node.isDirectory()) {
      throw refused(from, at.source(), "it is no directory");
    }
    if (at.depth() > DEEPEST) {
      throw refused(from, at.source(), "it lies deeper than " + DEEPEST + " directories");
    }
    int source = from.enter(node);
    List<FileName> names = from.list(source, MOST_IN_A_DIRECTORY);
    if (names.size() > MOST_IN_A_DIRECTORY) {
      throw refused(from, at.source(), "there is more than " + MOST_IN_A_DIRECTORY + " in it");
    }
    for (FileName name : names) {
      At below = at.below(name);
      Optional<Node> found;
      try {
        found = from.find(source, name);
      } catch (Side.SideException e) {
        throw failed(e, below);
      }
      if (found.isPresent()) { // or it has been removed meanwhile
        entry(found.get(), directory.fd(), name, below);
      }
    }
    from.leave(source);
    to.finish(directory, node.stat());
  }

  private void goOn(At at) {
    if (copied >= MOST) {
      throw refused(from, at.source(), "there is more than " + MOST + " to be copied");
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new ContainerInterruptedException(
          "interrupted while copying \"%s\"%s".formatted(at.source(), soFar()),
          new InterruptedException());
    }
  }

  private CopyFailedException failed(Side.SideException e, At at) {
    String path = e.side() == from ? at.source() : at.target();
    return CopyFailures.of(e.side().place(), path, e.failure(), soFar());
  }

  private CopyFailedException refused(Side side, String path, String problem) {
    return CopyFailures.refused(side.place(), path, problem, soFar());
  }

  private String soFar() {
    return copied == 0 ? "; nothing has been copied" : "; copied before: " + copied;
  }
}
