package io.jcontainer.linux.sys.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * Functions of the C library by direct mapping; only public symbols, which glibc and musl both
 * have. Addresses are numbers or checked {@link com.sun.jna.Memory}, never buffers: JNA checks no
 * length. Every Linux that there is a launcher for has a {@code long} and a {@code size_t} of 64
 * bits.
 */
final class LibC {
  static {
    Native.register(LibC.class, "c");
  }

  private LibC() {}

  static native int pipe2(int[] fds, int flags);

  static native int socketpair(int domain, int type, int protocol, int[] fds);

  static native int setsockopt(int fd, int level, int name, Pointer value, int length);

  static native int open(String path, int flags, int mode);

  static native int fcntl(int fd, int command, int argument);

  static native int close(int fd);

  static native long write(int fd, byte[] bytes, long length);

  static native long send(int fd, Pointer bytes, long length, int flags);

  static native long recv(int fd, byte[] target, long length, int flags);

  static native long sendmsg(int fd, Pointer message, int flags);

  static native long recvmsg(int fd, Pointer message, int flags);

  static native long read(int fd, long[] target, long length);

  static native long read(int fd, Pointer target, long length);

  static native long write(int fd, Pointer source, long length);

  static native long pread(int fd, Pointer target, long length, long offset);

  static native long pwrite(int fd, Pointer source, long length, long offset);

  static native long pwrite(int fd, byte[] source, long length, long offset);

  static native int fchmod(int fd, int mode);

  static native int fchown(int fd, int uid, int gid);

  static native int mkdir(String path, int mode);

  static native int rmdir(String path);

  static native int flock(int fd, int operation);

  static native int poll(long[] descriptors, long count, int timeoutMillis);

  static native int ioctl(int fd, long request, Pointer argument);

  static native int posix_spawn(
      int[] pid, String path, Pointer actions, Pointer attributes, Pointer argv, Pointer env);

  static native int posix_spawn_file_actions_init(Pointer actions);

  static native int posix_spawn_file_actions_adddup2(Pointer actions, int fd, int target);

  static native int posix_spawn_file_actions_destroy(Pointer actions);

  static native int posix_spawnattr_init(Pointer attributes);

  static native int posix_spawnattr_setflags(Pointer attributes, short flags);

  static native int posix_spawnattr_setsigdefault(Pointer attributes, Pointer signals);

  static native int posix_spawnattr_setsigmask(Pointer attributes, Pointer signals);

  static native int sigfillset(Pointer signals);

  static native int sigemptyset(Pointer signals);

  static native int waitid(int kind, int id, Pointer information, int options);

  static native int kill(int pid, int signal);

  static native int epoll_create1(int flags);

  static native int epoll_ctl(int epoll, int operation, int fd, Pointer event);

  static native int epoll_wait(int epoll, Pointer events, int count, int timeoutMillis);

  static native int inotify_init1(int flags);

  static native int inotify_add_watch(int inotify, String path, int mask);

  static native int inotify_rm_watch(int inotify, int watch);

  static native int eventfd(int value, int flags);

  static native int geteuid();

  static native int getegid();

  /**
   * For calls that older C libraries have no function for. It is variadic in C, but takes its words
   * where a function of fixed arity takes them, on both architectures.
   */
  static native long syscall(long number, long a, long b, long c, long d, long e);
}
