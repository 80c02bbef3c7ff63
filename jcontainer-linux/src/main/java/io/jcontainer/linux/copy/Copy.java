package io.jcontainer.linux.copy;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.CopyFailedException;
import io.jcontainer.linux.sys.FileStat;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** One copy: the walk through the source. What it finds is held by descriptors on both sides. */
final class Copy {
  /** A container can nest directories deeper than any stack or table of descriptors is. */
  private static final int DEEPEST = 1_000;

  /** A container can make names faster than they are copied. */
  private static final int MOST_IN_A_DIRECTORY = 1_000_000;

  private static final long MOST = 10_000_000;

  private final Source from;
  private final Target to;

  /** The directories that it is in: not the stack, which is the caller's, and may be small. */
  private final Deque<Level> levels = new ArrayDeque<>();

  /** Where it is on each side, for messages only. */
  private final StringBuilder sourcePath = new StringBuilder();

  private final StringBuilder targetPath = new StringBuilder();

  private final HeapShare share = HeapShare.third();
  private long copied;

  Copy(Source from, Target to) {
    this.from = from;
    this.to = to;
  }

  /** A directory that is open on both sides, and how far it is copied. */
  private final class Level {
    private final int source;
    private final Names names;
    private final Target.Directory target;
    private final FileStat stat;
    private final int sourceLength = sourcePath.length();
    private final int targetLength = targetPath.length();
    private int next;

    Level(int source, Names names, Target.Directory target, FileStat stat) {
      this.source = source;
      this.names = names;
      this.target = target;
      this.stat = stat;
    }

    void here() {
      sourcePath.setLength(sourceLength);
      targetPath.setLength(targetLength);
    }
  }

  /** Copies a file, or a directory with all that is in it. */
  void run(String source, String target) {
    sourcePath.append(source);
    targetPath.append(target);
    try {
      Node node = from.find(source).orElseThrow(() -> refused(from, "it is not there"));
      Optional<Node> existing = to.find(target);
      if (existing.isPresent() && existing.get().isDirectory()) {
        into(node, existing.get(), lastName(source));
      } else {
        as(node, existing.isPresent(), target);
      }
    } catch (Side.SideException e) {
      Side side = e.side();
      throw CopyFailures.of(side.place(), path(side), e.failure(), soFar());
    } catch (HeapShare.ExceededException e) {
      throw refused(from, Objects.requireNonNull(e.getMessage()));
    } catch (Target.NoSizeException e) {
      throw refused(
          from, "it has a content but no size, as files of /proc do; let a command read it");
    }
  }

  private void into(Node node, Node directory, FileName name) {
    int parent = to.enter(directory);
    if (name.isProper()) {
      append(targetPath, name);
      entry(node, parent, name);
      goThrough();
      to.leave(parent);
    } else {
      open(node, () -> new Target.Directory(parent, false));
      goThrough();
    }
  }

  private void as(Node node, boolean there, String target) {
    FileName name = lastName(target);
    if (there && node.isDirectory()) {
      throw refused(to, "it is no directory, so no directory can be copied there");
    }
    if (!name.isProper() || target.endsWith("/")) {
      throw refused(to, "there is no such directory");
    }
    String above = target.substring(0, trimmed(target).lastIndexOf('/') + 1);
    targetPath.setLength(above.length());
    Node directory = to.find(above).orElseThrow(() -> refused(to, "there is no such directory"));
    targetPath.append(target, above.length(), target.length());
    int parent = to.enter(directory);
    entry(node, parent, name);
    goThrough();
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

  private static void append(StringBuilder path, FileName name) {
    if (path.isEmpty() || path.charAt(path.length() - 1) != '/') {
      path.append('/');
    }
    path.append(name);
  }

  /** Copies what is in the directories that are open. */
  private void goThrough() {
    while (!levels.isEmpty()) {
      Level level = levels.getLast();
      level.here();
      if (level.next == level.names.size()) {
        levels.removeLast();
        level.names.forget();
        from.leave(level.source);
        to.finish(level.target, level.stat);
        copied++;
        continue;
      }
      FileName name = level.names.get(level.next++);
      append(sourcePath, name);
      append(targetPath, name);
      Optional<Node> found = from.find(level.source, name);
      if (found.isPresent()) { // or it has been removed meanwhile
        entry(found.get(), level.target.fd(), name);
      }
    }
  }

  /** Copies a file or link; a directory is opened, and what is in it copied by the loop above. */
  private void entry(Node node, int parent, FileName name) {
    goOn();
    switch (node.stat().type()) {
      case DIRECTORY -> open(node, () -> to.makeDirectory(parent, name));
      case FILE -> {
        from.hand(node);
        to.makeFile(parent, name, node.stat(), this::goOn);
        copied++;
      }
      case LINK -> {
        to.makeLink(parent, name, from.readLink(node), node.stat());
        copied++;
      }
      default ->
          throw refused(
              from,
              "it is a " + node.stat().type() + ": only files, directories and links are copied");
    }
  }

  /**
   * Opens a directory on both sides.
   *
   * @param target makes that to copy into, once it is known that the source is still there
   */
  private void open(Node node, Supplier<Target.Directory> target) {
    if (!node.isDirectory()) {
      throw refused(from, "it is no directory");
    }
    if (levels.size() > DEEPEST) {
      throw refused(from, "it lies deeper than " + DEEPEST + " directories");
    }
    int source = from.enter(node);
    Optional<Names> names = from.list(source, MOST_IN_A_DIRECTORY, share);
    if (names.isPresent()) {
      if (names.get().size() > MOST_IN_A_DIRECTORY) {
        throw refused(from, "there is more than " + MOST_IN_A_DIRECTORY + " in it");
      }
      levels.addLast(new Level(source, names.get(), target.get(), node.stat()));
    } else if (levels.isEmpty()) {
      throw refused(from, "it was removed meanwhile");
    } else {
      from.leave(source);
    }
  }

  private void goOn() {
    if (copied >= MOST) {
      throw refused(from, "there is more than " + MOST + " to be copied");
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new ContainerInterruptedException(
          "interrupted while copying \"%s\"%s".formatted(sourcePath, soFar()),
          new InterruptedException());
    }
  }

  private String path(Side side) {
    return (side == from ? sourcePath : targetPath).toString();
  }

  private CopyFailedException refused(Side side, String problem) {
    return CopyFailures.refused(side.place(), path(side), problem, soFar());
  }

  private String soFar() {
    return copied == 0 ? "; nothing has been copied" : "; copied before: " + copied;
  }
}
