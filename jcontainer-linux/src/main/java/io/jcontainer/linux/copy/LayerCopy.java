package io.jcontainer.linux.copy;

import io.jcontainer.linux.copy.Owners.Owner;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Copies layers as an overlay would show them. Of the names that something is mounted on, only
 * plain directories are made, whatever the layers have there.
 */
public final class LayerCopy {
  private static final int DEEPEST = 1_000;
  private static final int AT_A_TIME = 32;

  private final Workshop workshop;
  private final TreeReader reader;
  private final CopyWriter writer;
  private final Owners owners;
  private final String overlay;
  private final Set<String> mountPoints;
  private final Map<List<Long>, FileName> linked = new HashMap<>();
  private String at = "/";

  /**
   * A directory of the root, as it is open in layers.
   *
   * @param layers their numbers, topmost first
   * @param directories a descriptor in each
   */
  private record Opened(List<Integer> layers, List<Integer> directories) {
    int in(int layer) {
      return directories.get(layers.indexOf(layer));
    }
  }

  private LayerCopy(Workshop workshop, UserPlacement user, Set<String> mountPoints) {
    this.workshop = workshop;
    this.reader = new TreeReader(workshop);
    this.writer = new CopyWriter(workshop);
    this.owners = new Owners(user);
    this.overlay = user.order() == Order.FIRST ? Overlays.IN_USER_NAMESPACE : Overlays.OF_ROOT;
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
    List<Integer> numbers = IntStream.range(0, sources.size()).boxed().toList();
    contents(new Opened(numbers, sources), root, root, "", 0);
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
   * @param opened it in each layer that has it, which is closed
   * @param path from the root of the copy: empty, or ends with a slash
   */
  private void contents(Opened opened, int root, int to, String path, int depth) {
    if (depth > DEEPEST) {
      throw new RefusedException(at, "it lies deeper than " + DEEPEST + " directories");
    }
    String here = at;
    List<List<LayerEntry>> entries = new ArrayList<>();
    for (int source : opened.directories()) {
      entries.add(list(source));
    }
    List<Union.Merged> union =
        Union.of(opened.layers(), entries, (layer, entry) -> isOpaque(opened.in(layer), entry));
    for (Union.Merged merged : union) {
      LayerEntry entry = merged.entry();
      at = (here.endsWith("/") ? here : here + "/") + entry.name();
      if (depth == 0 && mountPoints.contains(entry.name().toString())) {
        continue;
      }
      entry
          .onlyForOverlay(overlay)
          .ifPresent(
              attribute -> {
                throw new RefusedException(
                    at, "its attribute " + attribute + " can be followed by an overlay only");
              });
      String below = path + entry.name().latin1();
      if (entry.isDirectory()) {
        directory(merged, opened, root, to, below + "/", depth);
      } else {
        file(merged.layers().get(0), opened, entry, root, to, new FileName(below));
      }
    }
    at = here;
    writer.flush();
    opened.directories().forEach(workshop::close);
  }

  private List<LayerEntry> list(int directory) {
    Names names = reader.list(directory);
    List<LayerEntry> entries = new ArrayList<>(names.size());
    for (int from = 0; from < names.size(); from += AT_A_TIME) {
      List<FileName> some = new ArrayList<>();
      for (int i = from; i < Math.min(names.size(), from + AT_A_TIME); i++) {
        some.add(names.get(i));
      }
      entries.addAll(reader.look(directory, some).values());
    }
    return entries;
  }

  private boolean isOpaque(int source, LayerEntry entry) {
    if (!entry.has(overlay, Overlays.OPAQUE)) {
      return false;
    }
    byte[] value = reader.attribute(source, entry.name(), overlay + Overlays.OPAQUE);
    return value != null && value.length == 1 && value[0] == 'y';
  }

  private void directory(
      Union.Merged merged, Opened opened, int root, int to, String path, int depth) {
    LayerEntry entry = merged.entry();
    Map<String, byte[]> attributes = reader.attributes(opened.in(merged.layers().get(0)), entry);
    List<Integer> sources = new ArrayList<>();
    for (int layer : merged.layers()) {
      sources.add(workshop.openDirectory(opened.in(layer), entry.name()));
    }
    int copy = writer.makeDirectory(to, entry.name());
    contents(new Opened(merged.layers(), sources), root, copy, path, depth + 1);
    Owner owner = owners.of(entry.stat().uid(), entry.stat().gid());
    writer.finish(copy, entry.stat(), owner, attributes);
  }

  private void file(int layer, Opened opened, LayerEntry entry, int root, int to, FileName path) {
    Stat stat = entry.stat();
    if (stat.links() > 1) {
      FileName first = linked.putIfAbsent(List.of((long) layer, stat.inode()), path);
      if (first != null) {
        writer.hardLink(root, first, to, entry.name());
        return;
      }
    }
    int from = opened.in(layer);
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
