package io.jcontainer.linux.copy;

import static io.jcontainer.linux.copy.TreeFiles.GONE;

import io.jcontainer.Change;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.linux.copy.Union.Merged;
import io.jcontainer.linux.request.RootAttributes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The walk through an upper directory and what lies below it in layers: what was changed, or what
 * all of them are together. A directory may be nested as deep as its file system lets it be, so
 * that nothing here is recursive, and only some of the directories above are open.
 */
final class Walk {
  /** How many of the directories above stay open; those that were closed are found by "..". */
  static final int OPEN_ABOVE = 64;

  private final TreeFiles files;
  private final Union union;
  private final RootAttributes root;
  private final Set<String> mountPoints;
  private final boolean whole;
  private final TreeEntries entries;
  private final HeapShare share = HeapShare.third();
  private final List<Level> levels = new ArrayList<>();
  private final StringBuilder path = new StringBuilder();

  /**
   * One walk.
   *
   * @param marks those of the overlay
   * @param root what the root directory was like when it was made
   * @param mountPoints names in the root that are plain directories, whatever the layers have there
   * @param whole whether all that is there is told, and not what was changed
   */
  Walk(
      TreeFiles files,
      Viewer viewer,
      OverlayMarks marks,
      RootAttributes root,
      Set<String> mountPoints,
      boolean whole,
      TreeSink sink) {
    this.files = files;
    this.union = new Union(files, marks);
    this.root = root;
    this.mountPoints = mountPoints;
    this.whole = whole;
    this.entries = new TreeEntries(files, viewer, sink, share);
  }

  /** A directory, as it is open in the write layer and in layers below. */
  private final class Level {
    private final int pathLength;
    private final boolean root;
    private final boolean hasUpper;
    private final long inode;

    /** The write layer's; {@link TreeFiles#GONE} as well while it is closed. */
    private int upper;

    /** Those of the layers that it consists of, topmost first. */
    private final List<Integer> lowers;

    /** Whether the container does not see these: the upper directory has taken their place. */
    private final boolean hidden;

    private final Lookup names;

    Level(int upper, long inode, List<Integer> lowers, boolean hidden) {
      this.pathLength = path.length();
      this.root = levels.isEmpty();
      this.hasUpper = upper != GONE;
      this.inode = inode;
      this.upper = upper;
      this.lowers = lowers;
      this.hidden = hidden;
      Names all = upper == GONE ? new Names(share) : files.list(upper, share);
      if (whole || hidden) {
        lowers.forEach(lower -> all.add(files.list(lower, share)));
      }
      if (whole && root) {
        mountPoints.forEach(point -> all.add(FileName.of(point)));
      }
      this.names = new Lookup(files, all.sorted(), this::directories);
    }

    private List<Integer> directories() {
      List<Integer> directories = new ArrayList<>(List.of(upper));
      directories.addAll(lowers);
      return directories;
    }

    /** What the write layer has of the name that came last; null if nothing. */
    @Nullable LayerEntry upperEntry() {
      return names.in(0);
    }

    /** What the layers together have of it; null if nothing. */
    @Nullable Merged below() {
      return union.merge(lowers, lower -> names.in(lower + 1));
    }

    void close() {
      names.forget();
      if (upper != GONE) {
        files.close(upper);
        upper = GONE;
      }
      lowers.forEach(files::close);
    }
  }

  /**
   * Walks.
   *
   * @param upper the upper directory, or {@link TreeFiles#GONE} if there is none
   * @param lowers the layers, topmost first; all of them are closed in the end
   */
  void run(int upper, List<Integer> lowers) throws IOException {
    push(upper, 0, lowers, false);
    root(upper);
    while (true) {
      Level level = levels.get(levels.size() - 1);
      path.setLength(level.pathLength);
      FileName name = level.names.next();
      if (name != null) {
        if (Thread.currentThread().isInterrupted()) {
          throw new ContainerInterruptedException(
              "interrupted at /" + where(), new InterruptedException());
        }
        path.append(name.latin1());
        visit(level, name);
      } else if (level.root) {
        level.close();
        return;
      } else {
        pop(level);
      }
    }
  }

  /**
   * Tells of the root itself, if that is not what it is without being told of: of all that there
   * is, a usual one, and of what was changed, what it began as.
   */
  private void root(int upper) throws IOException {
    RootAttributes untold = whole ? RootAttributes.USUAL : root;
    if (upper != GONE) {
      LayerEntry found = Objects.requireNonNull(files.look(upper, FileName.of(".")));
      if (!entries.seen(found).equals(untold)) {
        entries.tell("", upper, found, true, whole ? null : Change.Kind.MODIFIED);
      }
    } else if (!root.equals(untold)) {
      entries.made("", root);
    }
  }

  /** Where it is, for messages. */
  String where() {
    return FileName.shown(path.toString());
  }

  private void push(int upper, long inode, List<Integer> lowers, boolean hidden) {
    if (!levels.isEmpty()) {
      path.append('/');
    }
    levels.add(new Level(upper, inode, lowers, hidden));
    int far = levels.size() - 1 - OPEN_ABOVE;
    if (far > 0) { // the root stays open: nothing leads up to it
      Level above = levels.get(far);
      if (above.upper != GONE && levels.get(far + 1).hasUpper) {
        files.close(above.upper);
        above.upper = GONE;
      }
    }
  }

  private void pop(Level level) {
    levels.remove(levels.size() - 1);
    Level above = levels.get(levels.size() - 1);
    if (above.hasUpper && above.upper == GONE) {
      above.upper = files.openAbove(level.upper, above.inode);
      if (above.upper == GONE) {
        throw new RefusedException(
            "it was moved while what is in it was read: pause the container meanwhile");
      }
    }
    level.close();
  }

  private void visit(Level level, FileName name) throws IOException {
    LayerEntry upper = level.upperEntry();
    boolean mountPoint = level.root && mountPoints.contains(name.toString());
    Merged below = mountPoint ? null : level.below();
    if (upper != null) {
      requireReadable(upper);
    }
    if (below != null) {
      requireReadable(below.entry());
    }
    if (mountPoint && (upper == null || union.marks().isWhiteout(upper))) {
      if (whole) {
        entries.made(path.toString(), RootAttributes.USUAL);
      }
    } else if (upper == null) {
      if (below != null && whole && !level.hidden) {
        entries.tell(path.toString(), below.directories().get(0), below.entry(), false, null);
        if (below.entry().isDirectory()) {
          descend(GONE, 0, below, name, false);
        }
      } else if (below != null && !whole && level.hidden) {
        entries.removed(path.toString());
      }
    } else if (union.marks().isWhiteout(upper)) {
      if (below != null && !whole) {
        entries.removed(path.toString());
      }
    } else {
      there(level, upper, below, mountPoint);
    }
  }

  /** Something of the write layer's own. */
  private void there(Level level, LayerEntry upper, @Nullable Merged below, boolean mountPoint)
      throws IOException {
    entries.tell(
        path.toString(),
        level.upper,
        upper,
        true,
        whole ? null : kind(level, upper, below, mountPoint));
    if (!upper.isDirectory()) {
      return;
    }
    boolean replaced = level.hidden || union.marks().isOpaque(files, level.upper, upper);
    int directory = files.open(level.upper, upper.name());
    if (directory == GONE) {
      return; // it has vanished meanwhile
    }
    boolean goesOn = below != null && below.entry().isDirectory() && !(whole && replaced);
    descend(directory, upper.stat().inode(), goesOn ? below : null, upper.name(), replaced);
  }

  private void descend(
      int upper, long inode, @Nullable Merged below, FileName name, boolean hidden) {
    List<Integer> lowers = new ArrayList<>();
    if (below != null) {
      for (int parent : below.directories()) {
        int lower = files.open(parent, name);
        if (lower == GONE) {
          throw new RefusedException("it has vanished from a layer, which nothing should change");
        }
        lowers.add(lower);
      }
    }
    push(upper, inode, lowers, hidden);
  }

  private Change.@Nullable Kind kind(
      Level level, LayerEntry upper, @Nullable Merged below, boolean mountPoint) {
    if (mountPoint) {
      return upper.isDirectory() && entries.isMade(level.upper, upper)
          ? null
          : Change.Kind.MODIFIED;
    }
    if (below == null) {
      return Change.Kind.ADDED;
    }
    boolean same =
        upper.isDirectory()
            && below.entry().isDirectory()
            && entries.isSame(level.upper, upper, below.directories().get(0), below.entry());
    return same ? null : Change.Kind.MODIFIED;
  }

  private void requireReadable(LayerEntry entry) {
    union
        .marks()
        .onlyForOverlay(entry)
        .ifPresent(
            why -> {
              throw new RefusedException(why);
            });
  }

  /** It cannot be read as the container sees it. */
  static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RefusedException(String why) {
      super(why);
    }
  }
}
