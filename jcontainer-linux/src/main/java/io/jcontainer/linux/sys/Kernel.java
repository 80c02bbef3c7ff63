package io.jcontainer.linux.sys;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * The system calls that the JVM itself makes. Descriptors are opened close-on-exec; what fails is a
 * {@link SyscallException}. Implementations may be called from any thread.
 */
public interface Kernel {

  /** What a child was when it was waited for. */
  record ChildEnd(int pid, int code, int signal) {}

  // Descriptors.

  /** pipe2(2): the reading end, then the writing end. */
  Fd[] pipe();

  /**
   * socketpair(2) of Unix stream sockets. {@link #receive} from the first fails with EAGAIN when
   * nothing has come for a minute.
   */
  Fd[] socketpair();

  /** open(2) with these flags of fcntl.h; what O_CREAT creates has mode 0666, less the umask. */
  Fd open(String path, int flags);

  /** fcntl(2), F_DUPFD_CLOEXEC: another descriptor for the same, at least this number. */
  Fd duplicate(Fd fd, int atLeast);

  /**
   * memfd_create(2) with a content, sealed against every change; reading it begins at its start.
   *
   * @param executable whether it may be executed
   */
  Fd sealedMemfd(String name, byte[] content, boolean executable);

  /**
   * flock(2): a lock of the open file, which goes when it is closed, also by the end of the JVM.
   *
   * @param exclusive LOCK_EX, else LOCK_SH
   * @param wait whether to wait until nobody else has one that is in the way, else LOCK_NB
   * @return whether it is ours
   */
  boolean lock(Fd file, boolean exclusive, boolean wait);

  /** pwrite(2) of all bytes, at this place of a file. */
  void writeAt(Fd file, byte[] bytes, long offset);

  /**
   * open(2) with O_WRONLY, and one write(2) of all of it, as files of the kernel's want it. The
   * exception names the file and the content.
   */
  void writeFile(Path file, String content);

  /** close(2); only {@link Fd} calls this. */
  void close(int fd);

  /** write(2) of all bytes to a blocking descriptor; a closed other end is EPIPE, and no signal. */
  void send(Fd socket, byte[] bytes);

  /**
   * The same with descriptors along with the first byte: sendmsg(2), SCM_RIGHTS.
   *
   * @param descriptors at most 253
   */
  void send(Fd socket, byte[] bytes, List<Fd> descriptors);

  /** recv(2) until the array is full, or the end of file; returns how many bytes there were. */
  int receive(Fd socket, byte[] target);

  /**
   * The same by recvmsg(2), with the descriptors that were sent along by SCM_RIGHTS: at most one
   * with each message, for the kernel closes what there is no room for. They are added to the list,
   * and whoever calls closes them; if this fails, it has added none.
   */
  int receive(Fd socket, byte[] target, List<Fd> descriptors);

  /**
   * The same by one call with MSG_DONTWAIT, which may get less.
   *
   * @return how many bytes there were; 0 at the end of file, and {@link #WOULD_BLOCK} if there is
   *     nothing now
   */
  int receiveNow(Fd socket, byte[] target, List<Fd> descriptors);

  /** fchmod(2). */
  void chmod(Fd file, int mode);

  /** fchown(2). */
  void chown(Fd file, long uid, long gid);

  // Streams. Of a non-blocking descriptor; what would block is WOULD_BLOCK, and no exception.

  /** What these and {@link #receiveNow} return instead of a count: EAGAIN. */
  int WOULD_BLOCK = -1;

  /** fcntl(2), F_SETFL: sets O_NONBLOCK of the open file, or clears it. */
  void nonBlocking(Fd fd, boolean on);

  /** Memory for {@link #read} and {@link #write}. */
  NativeBuffer buffer(int size);

  /** read(2) to the beginning of a buffer; 0 is the end of the file. */
  int read(Fd fd, NativeBuffer target, int length);

  /**
   * pread(2) to the beginning of a buffer, from this place of a file; 0 is its end. A file of
   * cgroups(7) that is shorter than the buffer comes whole, and as it is now.
   */
  int readAt(Fd file, NativeBuffer target, int length, long offset);

  /** write(2) of a buffer's first bytes; a closed other end is EPIPE, and no signal to a JVM. */
  int write(Fd fd, NativeBuffer source, int length);

  /** ioctl(2), FIONREAD: how many bytes there are to read. */
  int available(Fd fd);

  /**
   * poll(2): waits until a descriptor can be read or written, or has failed, or until an eventfd is
   * raised, or for no reason.
   */
  void poll(Fd fd, boolean toWrite, Fd eventfd);

  /** ioctl(2), TIOCSWINSZ: changes the size of a terminal. */
  void resize(Fd terminal, int rows, int columns);

  /**
   * ioctl(2), TCGETS: the key that means the end of the file, VEOF, to whoever reads a terminal;
   * nothing if it is like any other, since nobody takes lines.
   */
  OptionalInt endOfFileKey(Fd terminal);

  // Directories.

  /** mkdir(2), less the umask. */
  void mkdir(Path directory, int mode);

  /** rmdir(2). */
  void rmdir(Path directory);

  /** Calls on names in directories that are open, with memory of their own. */
  DirectoryCalls directories();

  // Processes.

  /**
   * posix_spawn(3) with default signal dispositions and an empty signal mask, in a process group of
   * its own, with an empty environment.
   *
   * @param descriptors what the child gets as 0, 1, 2, ...; their own numbers are above those
   * @return the process number
   */
  int spawn(String path, List<byte[]> argv, List<Fd> descriptors);

  /** waitid(2): waits for the end of this child and takes it. */
  ChildEnd waitForPid(int pid);

  /**
   * waitid(2): waits for the end of all children in this process group, takes them, and names them.
   */
  List<Integer> reapGroup(int group);

  /**
   * kill(2) of a child that has not been waited for, so that its number is still its own; or, by
   * the negative number, of its process group.
   */
  void kill(int pid, int signal);

  /** pidfd_open(2). */
  Fd pidfd(int pid);

  /** pidfd_send_signal(2); a process that has ended is no failure. */
  void signal(Fd pidfd, int signal);

  /** waitid(2): takes the end of the child behind this pidfd, which has ended. */
  ChildEnd reap(Fd pidfd);

  /**
   * poll(2) of an open /proc/PID/mountinfo: whether anything was mounted in that namespace, or
   * unmounted, or changed, since it was opened or this was called last. Does not wait.
   */
  boolean mountsChanged(Fd mountinfo);

  // BPF programs that decide about the devices of a cgroup of v2, bpf(2).

  /**
   * BPF_PROG_LOAD of a program of the type BPF_PROG_TYPE_CGROUP_DEVICE. What the kernel's verifier
   * says against it is part of the exception.
   *
   * @param insns instructions of 8 bytes, struct bpf_insn
   */
  Fd bpfLoad(byte[] insns);

  /** BPF_PROG_ATTACH with BPF_F_ALLOW_MULTI: it has to allow a device, too, like all others. */
  void bpfAttach(Fd cgroup, Fd program);

  /** BPF_PROG_DETACH. */
  void bpfDetach(Fd cgroup, Fd program);

  /** BPF_PROG_QUERY: the ids of what is attached to this cgroup itself. */
  List<Integer> bpfAttached(Fd cgroup);

  /** BPF_PROG_GET_FD_BY_ID. */
  Fd bpfProgram(int id);

  // Waiting.

  /**
   * poll(2) with POLLPRI: waits until a file of the kernel's, such as cgroup.events, has changed
   * since it was last read by this descriptor.
   *
   * @param timeoutMillis how long at most; -1 for as long as it takes
   * @return whether it has; also false if a signal came
   */
  boolean awaitChange(Fd file, int timeoutMillis);

  /** epoll_create1(2). */
  Fd epoll();

  /** epoll_ctl(2): wait for this to become readable, and say so by this number. */
  void watch(Fd epoll, Fd fd, long number);

  /**
   * The same with EPOLLONESHOT: it is said once. So it need not be taken back before the descriptor
   * is closed, even if a child of the JVM that does not execute anything still has a copy.
   */
  void watchOnce(Fd epoll, Fd fd, long number);

  /** The same for what is exceptional: EPOLLPRI, as poll(2) has it for a file of the kernel's. */
  void watchException(Fd epoll, Fd fd, long number);

  /** epoll_ctl(2), EPOLL_CTL_DEL: wait no longer for this. */
  void unwatch(Fd epoll, Fd fd);

  /**
   * epoll_wait(2).
   *
   * @param numbers filled with the numbers of what is readable
   * @param timeoutMillis how long at most; -1 for as long as it takes
   * @return how many there are
   */
  int await(Fd epoll, long[] numbers, int timeoutMillis);

  /** eventfd(2), non-blocking. */
  Fd eventfd();

  /** Adds 1 to an eventfd, which makes it readable. */
  void raise(Fd eventfd);

  /** Reads an eventfd, which makes it unreadable again. */
  void clear(Fd eventfd);

  /** inotify_init1(2), non-blocking: {@link #read} gets what has happened. */
  Fd inotify();

  /**
   * inotify_add_watch(2), IN_MODIFY: says when a file changes.
   *
   * @return the number of the watch, which is the same each time for the same file
   */
  int watchFile(Fd inotify, String path);

  /** inotify_rm_watch(2); a watch that has gone with its file is no failure. */
  void unwatchFile(Fd inotify, int watch);

  // The caller.

  /** geteuid(2). */
  int effectiveUserId();

  /** getegid(2). */
  int effectiveGroupId();

  // Trying out what the host can do.

  /**
   * open_tree(2), then mount_setattr(2) with MOUNT_ATTR_IDMAP: whether the file system of this
   * directory can be mounted with the ids of this user namespace. Leaves nothing.
   *
   * @throws SyscallException if it cannot
   */
  void tryIdmap(String directory, Fd userNamespace);
}
