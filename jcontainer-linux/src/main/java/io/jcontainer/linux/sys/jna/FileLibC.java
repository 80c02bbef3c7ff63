package io.jcontainer.linux.sys.jna;

import com.sun.jna.Native;

/**
 * Functions of the C library for files in directories, as {@link LibC}; mapped only when files are
 * made. Names end with a zero.
 */
final class FileLibC {
  static {
    Native.register(FileLibC.class, "c");
  }

  private FileLibC() {}

  static native int openat(int directory, byte[] name, int flags, int mode);

  static native int mkdirat(int directory, byte[] name, int mode);

  static native long readlinkat(int directory, byte[] name, byte[] target, long length);

  static native int symlinkat(byte[] target, int directory, byte[] name);

  static native int linkat(int from, byte[] existing, int directory, byte[] name, int flags);

  static native int unlinkat(int directory, byte[] name, int flags);

  static native int renameat(int from, byte[] name, int to, byte[] newName);

  static native long lseek(int fd, long offset, int whence);

  static native int ftruncate(int fd, long size);

  static native int fchownat(int directory, byte[] name, int uid, int gid, int flags);

  static native int fchmodat(int directory, byte[] name, int mode, int flags);

  static native int futimens(int fd, long[] times);

  static native int utimensat(int directory, byte[] name, long[] times, int flags);

  static native int fsetxattr(int fd, byte[] name, byte[] value, long size, int flags);

  static native int syncfs(int fd);
}
