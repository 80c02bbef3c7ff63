package io.jcontainer.linux.copy;

import io.jcontainer.Change;
import io.jcontainer.linux.sys.FileStat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file of a container's root, as its processes see it. Texts that are the container's are bytes,
 * a character each.
 *
 * @param path from the root, without a slash at its beginning; the root's is empty
 * @param type what it is
 * @param mode all that chmod(2) sets
 * @param uid whose it is, in the container's ids
 * @param gid its group
 * @param seconds of the last change of its content, since 1970
 * @param nanos the rest of it
 * @param size of a file, in bytes
 * @param stored how many of these take room; the others are holes
 * @param major of a device
 * @param minor of a device
 * @param link where a link leads; of another name of a file that came before, that one's path
 * @param attributes its extended attributes
 * @param change what has become of it; null if nothing has
 */
public record TreeEntry(
    String path,
    Type type,
    int mode,
    long uid,
    long gid,
    long seconds,
    int nanos,
    long size,
    long stored,
    int major,
    int minor,
    String link,
    Map<String, byte[]> attributes,
    Change.@Nullable Kind change) {

  /** Of files: inode(7). */
  public enum Type {
    DIRECTORY,
    FILE,
    LINK,
    /** Another name of a file that came before. */
    HARD_LINK,
    FIFO,
    SOCKET,
    BLOCK_DEVICE,
    CHARACTER_DEVICE
  }

  TreeEntry with(FileStat stat, long owner, long group) {
    return new TreeEntry(
        path,
        type,
        stat.mode() & 07777,
        owner,
        group,
        stat.seconds(),
        stat.nanos(),
        stat.size(),
        stat.blocks() * 512,
        major,
        minor,
        link,
        attributes,
        change);
  }
}
