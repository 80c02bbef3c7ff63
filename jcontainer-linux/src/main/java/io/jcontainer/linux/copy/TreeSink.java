package io.jcontainer.linux.copy;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Takes what a {@link LayerWalk} finds, in its order. */
public interface TreeSink {

  /** A file whose content can be read. */
  interface Content {

    /**
     * Opens it; to be called before the next file is told, if ever.
     *
     * @return null if it has vanished meanwhile; another name of it that is still there is then
     *     told as a file
     */
    @Nullable Opened open();
  }

  /**
   * An open file.
   *
   * @param entry as it is now
   * @param content as many bytes as that says, whatever becomes of it; to be closed
   */
  record Opened(TreeEntry entry, InputStream content) {}

  /**
   * A file, a directory before what is in it, or a link.
   *
   * @param content null if it is no file
   */
  void entry(TreeEntry entry, @Nullable Content content) throws IOException;

  /**
   * A file or directory that is there no more.
   *
   * @param path from the root, without a slash at its beginning; a character for each byte
   */
  void removed(String path) throws IOException;
}
