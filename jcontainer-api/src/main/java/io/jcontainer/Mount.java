package io.jcontainer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Something that a container finds at a path of its root file system besides its layers: mount(8).
 * It exists in the container's mount namespace only, and vanishes with it.
 *
 * <p>A target is an absolute path in the container, without {@code .}, {@code ..} and empty parts.
 * It is resolved inside the root: no link in a layer leads out of it. What is missing of it is
 * made, directories with mode 0755, as the container's root; where that cannot be, since the root
 * there is a read-only directory of the host, the start fails. Targets in {@code /proc} and {@code
 * /sys} are refused, but for the files of {@code /proc} that lxcfs provides, and so is {@code /dev}
 * itself; below it they are allowed. Mounts are made from the root downwards, whatever their order
 * in the spec.
 *
 * @since 0.1.0
 */
public sealed interface Mount {
  /** How much a {@link #tmpfs} holds if nothing else is said: 64 MiB. */
  ByteSize DEFAULT_TMPFS = ByteSize.ofMebibytes(64);

  /** How much all in-memory files of a container may hold together: 4 MiB. */
  ByteSize MOST_IN_MEMORY = ByteSize.ofMebibytes(4);

  /**
   * Where it is in the container.
   *
   * @return an absolute path
   */
  String target();

  /**
   * A directory or file of the host, with all that is mounted below it: read-only, {@code nosuid},
   * {@code nodev}, {@link Propagation#PRIVATE}.
   *
   * @param source an absolute path of the host; a link is followed; it must be there when the
   *     container starts
   * @param target an absolute path in the container
   * @return the mount
   */
  static Bind bind(Path source, String target) {
    return new Bind(source, target, true, true, false, Propagation.PRIVATE);
  }

  /**
   * An empty file system in memory, of {@link #DEFAULT_TMPFS} and mode 01777: {@code nosuid},
   * {@code nodev}, {@code noexec}.
   *
   * @param target an absolute path in the container
   * @return the mount
   */
  static Tmpfs tmpfs(String target) {
    return new Tmpfs(target, DEFAULT_TMPFS, 01777, false);
  }

  /**
   * A read-only file with this content, of the container's root, with mode 0644. It never lies on
   * any disk.
   *
   * @param target an absolute path in the container
   * @param content the bytes; at most {@link #MOST_IN_MEMORY} in all files of a container
   * @return the mount
   */
  static InMemoryFile file(String target, byte[] content) {
    return new InMemoryFile(target, content, 0644);
  }

  /**
   * The same as {@link #file(String, byte[])} with a text.
   *
   * @param target an absolute path in the container
   * @param content the text, which is written in UTF-8
   * @return the mount
   */
  static InMemoryFile file(String target, String content) {
    return file(target, content.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A device of the host at the same path in the container.
   *
   * @param source an absolute path of the host, such as {@code /dev/fuse}
   * @return the mount
   */
  static Device device(Path source) {
    return device(source, source.toString());
  }

  /**
   * A character or block device of the host. The container's users may do with it what the node's
   * owner and mode allow them; owner and mode themselves cannot be changed from inside.
   *
   * @param source an absolute path of the host; a link is followed
   * @param target an absolute path in the container
   * @return the mount
   */
  static Device device(Path source, String target) {
    return new Device(source, target);
  }

  /**
   * A directory or file of the host.
   *
   * @param source an absolute path of the host
   * @param target where it is in the container
   * @param readOnly whether nothing can be changed, also in what is mounted below the source
   * @param allowsExec whether programs in it can be executed
   * @param mapsIds whether the container's ids stand for the same numbers on disk
   * @param propagation whether it follows what the host mounts below the source later on
   */
  record Bind(
      Path source,
      String target,
      boolean readOnly,
      boolean allowsExec,
      boolean mapsIds,
      Propagation propagation)
      implements Mount {

    /**
     * The same, but what the host's permissions allow the container's ids can be changed.
     *
     * @return a new value
     */
    public Bind writable() {
      return new Bind(source, target, false, allowsExec, mapsIds, propagation);
    }

    /**
     * The same, but no program in it can be executed.
     *
     * @return a new value
     */
    public Bind noexec() {
      return new Bind(source, target, readOnly, false, mapsIds, propagation);
    }

    /**
     * The same, but the container's ids stand for the same numbers on disk, so that its root owns
     * what the host's root owns: mount_setattr(2), MOUNT_ATTR_IDMAP. Only a JVM that runs as root
     * can do it, on file systems that support it; otherwise the start is a {@link
     * HostUnsupportedException}.
     *
     * @return a new value
     */
    public Bind idmapped() {
      return new Bind(source, target, readOnly, allowsExec, true, propagation);
    }

    /**
     * The same with this propagation.
     *
     * @param choice which
     * @return a new value
     */
    public Bind propagation(Propagation choice) {
      return new Bind(source, target, readOnly, allowsExec, mapsIds, choice);
    }
  }

  /**
   * An empty file system in memory: tmpfs(5).
   *
   * @param target where it is in the container
   * @param size how much it holds, more than 0
   * @param mode the permissions of its root directory, from 0 to 07777
   * @param allowsExec whether programs in it can be executed
   */
  record Tmpfs(String target, ByteSize size, int mode, boolean allowsExec) implements Mount {

    /**
     * The same, but it holds this much; a write beyond it fails with ENOSPC.
     *
     * @param atMost rounded up to whole pages, more than 0
     * @return a new value
     */
    public Tmpfs size(ByteSize atMost) {
      return new Tmpfs(target, atMost, mode, allowsExec);
    }

    /**
     * The same with these permissions of its root directory, which belongs to the container's root.
     *
     * @param permissions from 0 to 07777
     * @return a new value
     */
    public Tmpfs mode(int permissions) {
      return new Tmpfs(target, size, permissions, allowsExec);
    }

    /**
     * The same, but programs in it can be executed.
     *
     * @return a new value
     */
    public Tmpfs exec() {
      return new Tmpfs(target, size, mode, true);
    }
  }

  /**
   * A read-only file whose content comes from the JVM.
   *
   * @param target where it is in the container
   * @param content the bytes
   * @param mode its permissions, from 0 to 0777
   */
  @SuppressWarnings("ArrayRecordComponent") // it is copied, and compared by what it holds
  record InMemoryFile(String target, byte[] content, int mode) implements Mount {
    /**
     * Copies the content.
     *
     * @param target where it is in the container
     * @param content the bytes
     * @param mode its permissions
     */
    public InMemoryFile {
      content = content.clone();
    }

    /**
     * The bytes.
     *
     * @return a copy
     */
    @Override
    public byte[] content() {
      return content.clone();
    }

    /**
     * The same with these permissions.
     *
     * @param permissions from 0 to 0777
     * @return a new value
     */
    public InMemoryFile mode(int permissions) {
      return new InMemoryFile(target, content, permissions);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof InMemoryFile file
          && target.equals(file.target)
          && mode == file.mode
          && Arrays.equals(content, file.content);
    }

    @Override
    public int hashCode() {
      return 31 * target.hashCode() + Arrays.hashCode(content);
    }

    /** Says how many bytes there are, for they may be secret. */
    @Override
    public String toString() {
      return content.length + " bytes at " + target;
    }
  }

  /**
   * A device of the host.
   *
   * @param source an absolute path of the host
   * @param target where it is in the container
   */
  record Device(Path source, String target) implements Mount {}
}
