package io.jcontainer.linux.copy;

import io.jcontainer.linux.sys.FileStat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link LayerWalk} asks of directories that are open: by descriptors, which are the
 * agent's. Others may change what is in them meanwhile; what has vanished is no failure.
 */
interface TreeFiles {

  /**
   * All names in a directory, sorted.
   *
   * @param share what they take their memory out of
   */
  Names list(int directory, HeapShare share);

  /**
   * What these names are; those that are not there are left out.
   *
   * @param names not too many
   */
  Map<FileName, LayerEntry> look(int directory, List<FileName> names);

  /** What this name is; null if it is not there. */
  default @Nullable LayerEntry look(int directory, FileName name) {
    return look(directory, List.of(name)).get(name);
  }

  /** The value of an attribute of a name, a link's own; null if it is not there. */
  byte @Nullable [] attribute(int directory, FileName name, String attribute);

  /** The attributes that a copy has too, by their names in the order of their bytes. */
  default Map<String, byte[]> attributes(int directory, LayerEntry entry) {
    Map<String, byte[]> values = new TreeMap<>();
    for (String name : entry.copied()) {
      byte[] value = attribute(directory, entry.name(), name);
      if (value != null) {
        values.put(name, value);
      }
    }
    return values;
  }

  /** The text of a link; null if it is none. */
  @Nullable FileName link(int directory, FileName name);

  /** A directory in another, or {@link #GONE}. */
  int open(int directory, FileName name);

  /** The directory above, or {@link #GONE} if it is another one than has this inode. */
  int openAbove(int directory, long inode);

  /** A file whose content is to be read, or null if it is none. */
  @Nullable OpenFile openFile(int directory, FileName name);

  /** The next bytes of a file; none at its end. */
  byte[] read(int file);

  void close(int fd);

  /** No descriptor. */
  int GONE = -1;

  /** An open file. */
  record OpenFile(int fd, FileStat stat) {}
}
