package io.jcontainer.linux.copy;

import io.jcontainer.linux.copy.Owners.Owner;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.ArrayList;
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
  private final Set<String> mountPoints;
  private final Map<List<Long>, FileName> linked = new HashMap<>();
  private String at = "/";

  private LayerCopy(Workshop workshop, UserPlacement user, Set<String> mountPoints) {
    this.workshop = workshop;
    this.reader = new TreeReader(workshop);
    this.writer = new CopyWriter(workshop);
    this.owners = new Owners(user);
    this.union = new Union(reader, OverlayMarks.of(user));
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
      Set<String> mountPoints) {
    boolean inside = user.order() == Order.FIRST;
    try (Workshop workshop = Workshop.open(launcher, inside ? namespace : null)) {
      LayerCopy copy = new LayerCopy(workshop, user, mountPoints);
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
    // An overlay's root is that of the write layer.
    contents(sources, root, root, "", 0);
    for (String point : mountPoints) {
      plain(root, FileName.of(point));
    }
    writer.finish(root, owners.root());
    writer.flush();
  }

  private void plain(int parent, FileName name) {
    writer.finish(writer.makeDirectory(parent, name), owners.root());
  }

  /**
   * Copies what is in a directory.
   *
   * @param sources it in each layer that has it, topmost first; they are closed
   * @param path from the root of the copy: empty, or ends with a slash
   */
  private void contents(List<Integer> sources, int root, int to, String path, int depth) {
    if (depth > DEEPEST) {
      throw new RefusedException(at, "it lies deeper than " + DEEPEST + " directories");
    }
    String here = at;
    HeapShare all = HeapShare.all();
    Names names = new Names(all);
    sources.forEach(source -> names.add(reader.list(source, all)));
    Lookup lookup = new Lookup(reader, names.sorted(), () -> sources);
    for (FileName name = lookup.next(); name != null; name = lookup.next()) {
      at = (here.endsWith("/") ? here : here + "/") + name;
      Union.Merged merged = union.merge(sources, lookup::in);
      boolean mountPoint = depth == 0 && mountPoints.contains(name.toString());
      if (merged == null || mountPoint) {
        continue;
      }
      requireReadable(merged.entry());
      String below = path + name.latin1();
      if (merged.entry().isDirectory()) {
        directory(merged, root, to, below + "/", depth);
      } else {
        file(merged.directories().get(0), merged.entry(), root, to, new FileName(below));
      }
    }
    at = here;
    writer.flush();
    sources.forEach(workshop::close);
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

  private void directory(Union.Merged merged, int root, int to, String path, int depth) {
    LayerEntry entry = merged.entry();
    Map<String, byte[]> attributes = reader.attributes(merged.directories().get(0), entry);
    List<Integer> sources = new ArrayList<>();
    for (int above : merged.directories()) {
      sources.add(workshop.openDirectory(above, entry.name()));
    }
    int copy = writer.makeDirectory(to, entry.name());
    contents(sources, root, copy, path, depth + 1);
    Owner owner = owners.of(entry.stat().uid(), entry.stat().gid());
    writer.finish(copy, entry.stat(), owner, attributes);
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
