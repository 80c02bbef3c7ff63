package io.jcontainer.linux.run;

import io.jcontainer.Change;
import io.jcontainer.CommitOptions;
import io.jcontainer.Image;
import io.jcontainer.WriteLayer;
import io.jcontainer.linux.copy.HeapShare;
import io.jcontainer.linux.copy.LayerWalk;
import io.jcontainer.linux.copy.TreeEntry;
import io.jcontainer.linux.copy.TreeSink;
import io.jcontainer.linux.image.LayerLocks;
import io.jcontainer.linux.image.LayerTar;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A write layer that was found: each call opens it anew. */
final class FoundWriteLayer implements WriteLayer {
  /** What one takes in a list, beside its path. */
  private static final long CHANGE = 100;

  private final Supplier<Opened> opener;
  private final ImageAccess images;

  /**
   * Opens nothing yet.
   *
   * @param images where images are, for those that are made of it
   */
  FoundWriteLayer(Supplier<Opened> opener, ImageAccess images) {
    this.opener = opener;
    this.images = images;
  }

  /**
   * One that can be walked through.
   *
   * @param held holds the layers meanwhile, if they are this JVM's
   * @param locks hold them if they are another one's image's; else null
   */
  record Opened(LayerWalk walk, FoundSpec held, @Nullable LayerLocks locks)
      implements AutoCloseable {

    @Override
    public void close() {
      try (held;
          locks) {
        walk.close();
      }
    }
  }

  @Override
  public List<Change> changes() {
    List<Change> changes = new ArrayList<>();
    HeapShare share = HeapShare.third();
    try (Opened opened = opener.get()) {
      opened
          .walk()
          .changes(
              new TreeSink() {
                @Override
                public void entry(TreeEntry entry, @Nullable Content content) {
                  Change.Kind kind = entry.change();
                  if (kind != null) {
                    add(kind, entry.path());
                  }
                }

                @Override
                public void removed(String path) {
                  add(Change.Kind.DELETED, path);
                }

                private void add(Change.Kind kind, String path) {
                  share.take(CHANGE + path.length());
                  changes.add(change(kind, path));
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.copyOf(changes);
  }

  private static Change change(Change.Kind kind, String path) {
    return Change.of(kind, ("/" + path).getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public void diff(OutputStream layer) {
    write(walk -> LayerTar.changes(walk, layer));
  }

  @Override
  public void export(OutputStream tar) {
    write(walk -> LayerTar.whole(walk, tar));
  }

  private interface Writing {
    void write(LayerWalk walk) throws IOException;
  }

  private void write(Writing writing) {
    ImageAccess.requireImages("a tar of a container's files");
    try (Opened opened = opener.get()) {
      writing.write(opened.walk());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Image commit(CommitOptions options) {
    ImageAccess.requireImages("an image of a container");
    try (Opened opened = opener.get()) {
      return images.commit(opened.walk(), opened.held().spec(), options);
    }
  }
}
