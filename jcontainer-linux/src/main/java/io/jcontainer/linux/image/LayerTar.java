package io.jcontainer.linux.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.ByteSize;
import io.jcontainer.CopyFailedException;
import io.jcontainer.images.tar.TarAttributes;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarWriter;
import io.jcontainer.linux.copy.LayerWalk;
import io.jcontainer.linux.copy.TreeEntry;
import io.jcontainer.linux.copy.TreeSink;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a walk tells, as a layer: OCI image specification, layer.md. */
public final class LayerTar {
  private static final String WHITEOUT = ".wh.";

  /** A file of a few bytes can say that it is of any size, and a container says what it likes. */
  private static final ByteSize MOST_HOLES = ByteSize.ofMebibytes(16 << 10);

  private static final int BUFFER = 64 << 10;

  private LayerTar() {}

  /**
   * Writes what was changed.
   *
   * @param out is flushed, and not closed
   * @return whether anything was
   * @throws IOException if it cannot be written there
   */
  public static boolean changes(LayerWalk walk, OutputStream out) throws IOException {
    return write(out, walk::changes, false, true);
  }

  /**
   * Writes all that is there.
   *
   * @param out is flushed, and not closed
   * @throws IOException if it cannot be written there
   */
  public static void whole(LayerWalk walk, OutputStream out) throws IOException {
    write(out, walk::whole, true, false);
  }

  /** The same, to be a layer. */
  static void wholeLayer(LayerWalk walk, OutputStream out) throws IOException {
    write(out, walk::whole, true, true);
  }

  private interface Told {
    void by(TreeSink sink) throws IOException;
  }

  private static boolean write(OutputStream out, Told told, boolean whole, boolean layer)
      throws IOException {
    // Not closed if it fails: an archive that is cut off must not look whole.
    TarWriter tar = TarWriter.ofBytes(new BufferedOutputStream(out, BUFFER));
    Sink sink = new Sink(tar, whole, layer);
    told.by(sink);
    tar.close();
    return sink.any;
  }

  private static final class Sink implements TreeSink {
    private final TarWriter tar;
    private final boolean whole;
    private final boolean layer;
    private boolean any;

    /** Directories that are as they were, in each other: they are written if anything below is. */
    private final List<TreeEntry> above = new ArrayList<>();

    private long holes;

    Sink(TarWriter tar, boolean whole, boolean layer) {
      this.tar = tar;
      this.whole = whole;
      this.layer = layer;
    }

    @Override
    public void entry(TreeEntry entry, @Nullable Content content) throws IOException {
      leave(entry.path());
      boolean directory = entry.type() == TreeEntry.Type.DIRECTORY;
      if (!whole && directory && entry.change() == null) {
        above.add(entry);
      } else if (content != null) {
        file(entry, content);
      } else if (entry.type() != TreeEntry.Type.SOCKET) {
        begin(entry.path());
        tar.put(header(entry));
      }
    }

    private void file(TreeEntry entry, Content content) throws IOException {
      Opened opened = content.open();
      if (opened == null) {
        return; // it has vanished
      }
      try (InputStream in = opened.content()) {
        count(opened.entry());
        begin(entry.path());
        tar.put(header(opened.entry()), in);
      }
    }

    @Override
    public void removed(String path) throws IOException {
      leave(path);
      begin(path);
      int name = path.lastIndexOf('/') + 1;
      tar.put(TarEntry.file(path.substring(0, name) + WHITEOUT + path.substring(name), 0, 0));
    }

    /** Forgets the directories that this is not in. */
    private void leave(String path) {
      while (!above.isEmpty() && !path.startsWith(above.get(above.size() - 1).path() + "/")) {
        above.remove(above.size() - 1);
      }
    }

    /** Writes the directories that this is in. */
    private void begin(String path) throws IOException {
      String name = path.substring(path.lastIndexOf('/') + 1);
      if (layer && name.startsWith(WHITEOUT)) {
        throw refused(path, "its name would say in a layer that another file was removed");
      }
      for (TreeEntry directory : above) {
        tar.put(header(directory));
      }
      above.clear();
      any = true;
    }

    private void count(TreeEntry file) {
      holes += Math.max(0, file.size() - file.stored());
      if (holes > MOST_HOLES.bytes() || holes < 0) {
        throw refused(
            file.path(),
            "with it there are more than " + MOST_HOLES + " of holes, which would become zeros");
      }
    }

    private static CopyFailedException refused(String path, String why) {
      String shown = "/" + new String(path.getBytes(ISO_8859_1), UTF_8);
      return new CopyFailedException(
          "\"%s\" cannot be in a layer: %s".formatted(shown, why), shown, null, null);
    }

    private static TarEntry header(TreeEntry entry) {
      Map<String, String> attributes = new TreeMap<>();
      entry
          .attributes()
          .forEach(
              (name, value) -> {
                if (name.indexOf('=') >= 0) {
                  throw refused(entry.path(), "the name of an attribute of it has a = in it");
                }
                attributes.put(name, new String(value, ISO_8859_1));
              });
      return new TarEntry(
          name(entry),
          type(entry.type()),
          entry.type() == TreeEntry.Type.FILE ? entry.size() : 0,
          entry.mode(),
          entry.link(),
          new TarAttributes(
              entry.uid(),
              entry.gid(),
              entry.seconds(),
              entry.nanos(),
              entry.major(),
              entry.minor(),
              attributes),
          null);
    }

    private static String name(TreeEntry entry) {
      if (entry.path().isEmpty()) {
        return "./";
      }
      return entry.type() == TreeEntry.Type.DIRECTORY ? entry.path() + "/" : entry.path();
    }

    private static char type(TreeEntry.Type type) {
      return switch (type) {
        case DIRECTORY -> TarEntry.DIRECTORY;
        case FILE -> TarEntry.FILE;
        case LINK -> TarEntry.SYMBOLIC_LINK;
        case HARD_LINK -> TarEntry.HARD_LINK;
        case FIFO -> TarEntry.FIFO;
        case BLOCK_DEVICE -> TarEntry.BLOCK_DEVICE;
        case CHARACTER_DEVICE -> TarEntry.CHARACTER_DEVICE;
        case SOCKET -> throw new IllegalArgumentException("no archive has sockets");
      };
    }
  }
}
