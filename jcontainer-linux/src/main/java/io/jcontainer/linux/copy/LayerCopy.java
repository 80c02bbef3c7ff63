package io.jcontainer.linux.copy;

import io.jcontainer.linux.copy.Owners.Owner;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies layers as an overlay would show them. Of the names that something is mounted on, only
 * plain directories are made, whatever the layers have there.
 */
public final class LayerCopy {
  private static final int DEEPEST = 1_000;

  private final Workshop workshop;
  private final TreeReader reader;
  private final CopyWriter writer;
  private final Owners owners;
  private final Union union;
  private final RootAttributes attributes;
  private final Set<String> mountPoints;
  private final Map<List<Long>, FileName> linked = new HashMap<>();

  /** The directories that it is in: not the stack, which is the caller's, and may be small. */
  private final Deque<Level> levels = new ArrayDeque<>();

  private String at = "/";

  /**
   * A directory that is being copied.
   *
   * @param sources it in each layer that has it, topmost first
   * @param names what is in these
   * @param to the copy
   * @param path from the root of the copy: empty, or ends with a slash
   * @param place the same for messages
   * @param end what is left to do when all of it is copied
   */
  private record Level(
      List<Integer> sources, Lookup names, int to, String path, String place, Runnable end) {}

  private LayerCopy(
      Workshop workshop, UserPlacement user, RootAttributes attributes, Set<String> mountPoints) {
    this.workshop = workshop;
    this.reader = new TreeReader(workshop);
    this.writer = new CopyWriter(workshop);
    this.owners = new Owners(user);
    this.union = new Union(reader, OverlayMarks.of(user));
    this.attributes = attributes;
    this.mountPoints = mountPoints;
  }

  /**
   * Copies them, by a child of the calling thread.
   *
   * @param user whose files they become
   * @param namespace its user namespace, or null for the JVM's
   * @param layers the lowest first
   * @param place an existing directory of the JVM's, which nobody else writes to
   * @param name what the copy is called in it
   * @param attributes what the root is to be like, of ids that the container has
   * @param mountPoints names in the root
   * @throws FailedException if that fails; what has been made is left in the place
   */
  public static void make(
      Launcher launcher,
      UserPlacement user,
      @Nullable Fd namespace,
      List<Path> layers,
      Path place,
      String name,
      RootAttributes attributes,
      Set<String> mountPoints) {
    boolean inside = user.order() == Order.FIRST;
    try (Workshop workshop = Workshop.open(launcher, inside ? namespace : null)) {
      LayerCopy copy = new LayerCopy(workshop, user, attributes, mountPoints);
      try {
        copy.root(layers, place, FileName.of(name));
      } catch (SyscallException e) {
        throw new FailedException(copy.at, e);
      }
    }
  }

  private void root(List<Path> layers, Path place, FileName name) {
    List<Integer> sources = new ArrayList<>();
    for (int i = layers.size() - 1; i >= 0; i--) {
      at = layers.get(i).toString();
      sources.add(workshop.openLayer(layers.get(i)));
    }
    at = "/";
    int above = workshop.openDirectory(place.toString());
    int root = writer.makeDirectory(above, name);
    enter(sources, root, "", () -> {});
    while (!levels.isEmpty()) {
      Level level = levels.getLast();
      FileName next = level.names.next();
      if (next == null) {
        leave(levels.removeLast());
      } else {
        entry(level, root, next);
      }
    }
    for (String point : mountPoints) {
      plain(root, FileName.of(point));
    }
    // An overlay's root is that of the write layer, and none of the layers'.
    writer.finish(root, attributes.mode(), owners.of(attributes));
    writer.flush();
  }

  private void plain(int parent, FileName name) {
    writer.finish(writer.makeDirectory(parent, name), RootAttributes.USUAL.mode(), owners.root());
  }

  /**
   * Begins with what is in a directory.
   *
   * @param sources are closed in the end
   */
  private void enter(List<Integer> sources, int to, String path, Runnable end) {
    if (levels.size() > DEEPEST) {
      throw new RefusedException(at, "it lies deeper than " + DEEPEST + " directories");
    }
    HeapShare all = HeapShare.all();
    Names names = new Names(all);
    sources.forEach(source -> names.add(reader.list(source, all)));
    Lookup lookup = new Lookup(reader, names.sorted(), () -> sources);
    levels.addLast(new Level(sources, lookup, to, path, at, end));
  }

  private void leave(Level level) {
    at = level.place;
    writer.flush();
    level.sources.forEach(workshop::close);
    level.end.run();
  }

  private void entry(Level level, int root, FileName name) {
    at = (level.place.endsWith("/") ? level.place : level.place + "/") + name;
    Union.Merged merged = union.merge(level.sources, level.names::in);
    boolean mountPoint = level.path.isEmpty() && mountPoints.contains(name.toString());
    if (merged == null || mountPoint) {
      return;
    }
    requireReadable(merged.entry());
    String below = level.path + name.latin1();
    if (merged.entry().isDirectory()) {
      directory(merged, level.to, below + "/");
    } else {
      file(merged.directories().get(0), merged.entry(), root, level.to, new FileName(below));
    }
  }

  private void requireReadable(LayerEntry entry) {
    union
        .marks()
        .onlyForOverlay(entry)
        .ifPresent(
            why -> {
              throw new RefusedException(at, why);
            });
  }

  private void directory(Union.Merged merged, int to, String path) {
    LayerEntry entry = merged.entry();
    Map<String, byte[]> attributes = reader.attributes(merged.directories().get(0), entry);
    List<Integer> sources = new ArrayList<>();
    for (int above : merged.directories()) {
      sources.add(workshop.openDirectory(above, entry.name()));
    }
    int copy = writer.makeDirectory(to, entry.name());
    Owner owner = owners.of(entry.stat().uid(), entry.stat().gid());
    enter(sources, copy, path, () -> writer.finish(copy, entry.stat(), owner, attributes));
  }

  private void file(int from, LayerEntry entry, int root, int to, FileName path) {
    FileStat stat = entry.stat();
    if (stat.links() > 1) {
      FileName first = linked.putIfAbsent(List.of(stat.device(), stat.inode()), path);
      if (first != null) {
        writer.hardLink(root, first, to, entry.name());
        return;
      }
    }
    Owner owner = owners.of(stat.uid(), stat.gid());
    switch (stat.type()) {
      case FILE -> writer.file(from, to, entry, owner, reader.attributes(from, entry));
      case LINK -> writer.link(from, to, entry, owner);
      case FIFO, SOCKET -> writer.node(to, entry, owner);
      case BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY -> {
        // A device works in no container; a directory is none of these.
      }
    }
  }

  /** A call failed at a file or directory of a layer, or of the copy. */
  public static final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String path;
    private final SyscallException failure;

    FailedException(String path, SyscallException failure) {
      super(failure);
      this.path = path;
      this.failure = failure;
    }

    /** The path in the root file system, or that of a layer. */
    public String path() {
      return path;
    }

    /** The call, and its error. */
    public SyscallException failure() {
      return failure;
    }
  }

  /** A layer has something in it that cannot be copied. */
  public static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RefusedException(String path, String why) {
      super(path + " cannot be copied: " + why);
    }
  }
}
