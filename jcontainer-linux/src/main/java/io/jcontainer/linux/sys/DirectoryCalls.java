package io.jcontainer.linux.sys;

/**
 * The calls by which the JVM itself makes files in directories that it has open. Names are single
 * components, a character for each byte; none of them is ever followed if it is a symbolic link.
 * What fails is a {@link SyscallException}. For one thread at a time.
 */
public interface DirectoryCalls extends AutoCloseable {

  /** openat(2), O_RDONLY|O_DIRECTORY|O_NOFOLLOW: a link or a file is ENOTDIR. */
  Fd openDirectory(Fd directory, String name);

  /** openat(2), O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW: a new file; the mode less the umask. */
  Fd create(Fd directory, String name, int mode);

  /** mkdirat(2), less the umask. */
  void makeDirectory(Fd directory, String name, int mode);

  /** symlinkat(2). */
  void makeLink(String target, Fd directory, String name);

  /** readlinkat(2): what a link says, which nobody has looked at. */
  String readLink(Fd directory, String name);

  /** linkat(2): another name for a file; for a link itself, not what it leads to. */
  void makeHardLink(Fd from, String existing, Fd directory, String name);

  /**
   * mknodat(2).
   *
   * @param mode with the type; the permissions less the umask
   * @param major of the device, less than 4096; 0 if it is none
   * @param minor of the device, less than 2^20
   */
  void makeNode(Fd directory, String name, int mode, int major, int minor);

  /** unlinkat(2) of anything but a directory. */
  void remove(Fd directory, String name);

  /** renameat(2). */
  void rename(Fd from, String name, Fd to, String newName);

  /** write(2) of all of it, behind what was written last. */
  void write(Fd file, byte[] bytes, int offset, int length);

  /** lseek(2), SEEK_SET. */
  void seek(Fd file, long offset);

  /** ftruncate(2). */
  void truncate(Fd file, long size);

  /** fchown(2). */
  void changeOwner(Fd file, long uid, long gid);

  /** fchmod(2). */
  void changeMode(Fd file, int mode);

  /** fchownat(2), AT_SYMLINK_NOFOLLOW. */
  void changeOwner(Fd directory, String name, long uid, long gid);

  /** fchmodat(2), which does follow: for what is known to be no link. */
  void changeMode(Fd directory, String name, int mode);

  /** futimens(3), both times. */
  void changeTime(Fd file, long seconds, int nanos);

  /** utimensat(2), AT_SYMLINK_NOFOLLOW, both times. */
  void changeTime(Fd directory, String name, long seconds, int nanos);

  /** fsetxattr(2); the value has a character for each byte, too. */
  void setAttribute(Fd file, String name, String value);

  /** statx(2), AT_SYMLINK_NOFOLLOW. */
  FileStat stat(Fd directory, String name);

  /** statx(2) of an open file. */
  FileStat stat(Fd file);

  /** syncfs(2): all of this file system is on disk when it returns. */
  void sync(Fd directory);

  /** Frees its memory; it must not be used any more. */
  @Override
  void close();
}
