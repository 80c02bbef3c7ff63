package io.jcontainer.linux.copy;

import io.jcontainer.Change;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.sys.FileStat;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells of files that a walk comes to, as the container sees them. */
final class TreeEntries {
  private final TreeFiles files;
  private final Viewer viewer;
  private final TreeSink sink;
  private final HeapShare share;
  private final Map<List<Long>, Linked> linked = new HashMap<>();

  /** A file with several names. */
  private static final class Linked {
    /** What it takes beside the path: the key, and its place in the map. */
    private static final long OVERHEAD = 200;

    private final String first;

    /** How many names it may still have. */
    private long left;

    Linked(String first, long links) {
      this.first = first;
      this.left = links - 1;
    }

    long bytes() {
      return OVERHEAD + first.length();
    }
  }

  /**
   * Begins.
   *
   * @param share what has to be remembered takes its memory out of this
   */
  TreeEntries(TreeFiles files, Viewer viewer, TreeSink sink, HeapShare share) {
    this.share = share;
    this.files = files;
    this.viewer = viewer;
    this.sink = sink;
  }

  /** Tells of a plain directory of our own topmost layer, or of that itself: RootSteps. */
  void made(String path, RootAttributes attributes) throws IOException {
    sink.entry(
        new TreeEntry(
            path,
            TreeEntry.Type.DIRECTORY,
            attributes.mode(),
            attributes.uid(),
            attributes.gid(),
            0,
            0,
            0,
            0,
            0,
            0,
            "",
            Map.of(),
            null),
        null);
  }

  /** Tells that what lies below in layers was removed. */
  void removed(String path) throws IOException {
    sink.removed(path);
  }

  /**
   * Tells of a file or directory.
   *
   * @param parent the directory that it is in
   * @param upper whether that is the write layer's
   * @param change what has become of it; null if nothing has
   */
  void tell(String path, int parent, LayerEntry found, boolean upper, Change.@Nullable Kind change)
      throws IOException {
    FileStat stat = found.stat();
    TreeEntry.Type type = type(stat);
    String link = "";
    if (type == TreeEntry.Type.LINK) {
      FileName text = files.link(parent, found.name());
      if (text == null) {
        return; // it has vanished meanwhile
      }
      link = text.latin1();
    }
    // A socket is in no archive, so that no other name can be a link to it there.
    if (type != TreeEntry.Type.DIRECTORY && type != TreeEntry.Type.SOCKET && stat.links() > 1) {
      String first = firstOf(stat, path);
      if (first != null) {
        type = TreeEntry.Type.HARD_LINK;
        link = first;
      }
    }
    TreeEntry entry =
        new TreeEntry(
                path,
                type,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                stat.major(),
                stat.minor(),
                link,
                attributes(parent, found),
                change)
            .with(stat, viewer.uid(stat.uid(), upper), viewer.gid(stat.gid(), upper));
    sink.entry(entry, type == TreeEntry.Type.FILE ? () -> open(parent, found, entry, upper) : null);
  }

  /** The name of this file that was told first; null if this is it. */
  private @Nullable String firstOf(FileStat stat, String path) {
    List<Long> key = key(stat);
    Linked known = linked.get(key);
    if (known == null) {
      Linked file = new Linked(path, stat.links());
      share.take(file.bytes());
      linked.put(key, file);
      return null;
    }
    if (--known.left == 0) {
      linked.remove(key);
      share.give(known.bytes());
    }
    return known.first;
  }

  /** What has this name is not that file any more: the next name is told as its first. */
  private void forget(FileStat stat) {
    Linked known = linked.remove(key(stat));
    if (known != null) {
      share.give(known.bytes());
    }
  }

  private static List<Long> key(FileStat stat) {
    return List.of(stat.device(), stat.inode());
  }

  private static TreeEntry.Type type(FileStat stat) {
    return switch (stat.type()) {
      case DIRECTORY -> TreeEntry.Type.DIRECTORY;
      case FILE -> TreeEntry.Type.FILE;
      case LINK -> TreeEntry.Type.LINK;
      case FIFO -> TreeEntry.Type.FIFO;
      case SOCKET -> TreeEntry.Type.SOCKET;
      case BLOCK_DEVICE -> TreeEntry.Type.BLOCK_DEVICE;
      case CHARACTER_DEVICE -> TreeEntry.Type.CHARACTER_DEVICE;
    };
  }

  private TreeSink.@Nullable Opened open(
      int parent, LayerEntry found, TreeEntry entry, boolean upper) {
    TreeFiles.OpenFile file = files.openFile(parent, found.name());
    if (file == null || file.stat().inode() != found.stat().inode()) {
      forget(found.stat());
    }
    if (file == null) {
      return null;
    }
    FileStat stat = file.stat();
    TreeEntry now = entry.with(stat, viewer.uid(stat.uid(), upper), viewer.gid(stat.gid(), upper));
    return new TreeSink.Opened(now, new FileContent(files, file.fd(), now.size()));
  }

  /** A directory of the write layer's, as the container sees it. */
  RootAttributes seen(LayerEntry upper) {
    FileStat stat = upper.stat();
    return new RootAttributes(
        stat.permissions(), viewer.uid(stat.uid(), true), viewer.gid(stat.gid(), true));
  }

  /** Whether it is as our own layer has it. */
  boolean isMade(int parent, LayerEntry upper) {
    return seen(upper).isUsual() && attributes(parent, upper).isEmpty();
  }

  /** Whether a directory is the same but for what is in it, and when that was changed. */
  boolean isSame(int upperParent, LayerEntry upper, int lowerParent, LayerEntry lower) {
    FileStat one = upper.stat();
    FileStat other = lower.stat();
    if (one.permissions() != other.permissions()
        || viewer.uid(one.uid(), true) != viewer.uid(other.uid(), false)
        || viewer.gid(one.gid(), true) != viewer.gid(other.gid(), false)) {
      return false;
    }
    Map<String, byte[]> mine = attributes(upperParent, upper);
    Map<String, byte[]> others = attributes(lowerParent, lower);
    return mine.keySet().equals(others.keySet())
        && mine.entrySet().stream()
            .allMatch(each -> Arrays.equals(each.getValue(), others.get(each.getKey())));
  }

  private Map<String, byte[]> attributes(int parent, LayerEntry entry) {
    Map<String, byte[]> values = files.attributes(parent, entry);
    values.computeIfPresent(
        LayerCompletion.CAPABILITY, (name, value) -> viewer.capabilities(value));
    return values;
  }
}
