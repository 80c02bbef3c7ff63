package io.jcontainer.linux.sys.jna;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.jcontainer.linux.sys.DirectoryCalls;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.NativeBuffer;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** The system calls by JNA. */
public final class JnaKernel implements Kernel {
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int O_CLOEXEC = 0x80000;
  private static final int EPOLLIN = 1;
  private static final int EPOLLPRI = 2;
  private static final int EPOLLONESHOT = 1 << 30;

  /**
   * Far longer than any start takes; but whoever is inside of a joined namespace could stop one.
   */
  private static final long DEADLINE_SECONDS = 60;

  /** As many events as one epoll_wait(2) takes; the rest comes with the next. */
  private static final int EVENTS = 64;

  /** x86_64 packs struct epoll_event to 12 bytes; all others align it to 16. */
  private static final int EVENT_SIZE = "amd64".equals(System.getProperty("os.arch")) ? 12 : 16;

  // The same numbers on all architectures, for calls that came after 2019; memfd_create is older.
  private static final long PIDFD_SEND_SIGNAL = 424;
  private static final long OPEN_TREE = 428;
  private static final long PIDFD_OPEN = 434;
  private static final long MOUNT_SETATTR = 442;
  private static final long MEMFD_CREATE = EVENT_SIZE == 12 ? 319 : 279;

  private final Spawner spawner = new Spawner();

  @Override
  public Fd[] pipe() {
    int[] fds = new int[2];
    checked(LibC.pipe2(fds, O_CLOEXEC), () -> "pipe2(O_CLOEXEC)");
    return pair(fds);
  }

  @Override
  public Fd[] socketpair() {
    int[] fds = new int[2];
    int unix = 1;
    int stream = 1;
    checked(
        LibC.socketpair(unix, stream | O_CLOEXEC, 0, fds),
        () -> "socketpair(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC)");
    Fd[] pair = pair(fds);
    try (Memory deadline = new Memory(16)) {
      int socketLevel = 1;
      int receiveTimeout = 20;
      deadline.setLong(0, DEADLINE_SECONDS);
      deadline.setLong(8, 0);
      checked(
          LibC.setsockopt(fds[0], socketLevel, receiveTimeout, deadline, 16),
          () -> "setsockopt(" + fds[0] + ", SO_RCVTIMEO)");
      return pair;
    } catch (SyscallException e) {
      pair[0].close();
      pair[1].close();
      throw e;
    }
  }

  private Fd[] pair(int[] fds) {
    return new Fd[] {new Fd(this, fds[0]), new Fd(this, fds[1])};
  }

  @Override
  public Fd open(String path, int flags) {
    int fd =
        checked(
            LibC.open(path, flags | O_CLOEXEC, 0666),
            () -> "open(\"%s\", 0x%x|O_CLOEXEC)".formatted(path, flags));
    return new Fd(this, fd);
  }

  @Override
  public Fd duplicate(Fd fd, int atLeast) {
    int dupfdCloexec = 1030;
    int number =
        checked(
            LibC.fcntl(fd.number(), dupfdCloexec, atLeast),
            () -> "fcntl(%s, F_DUPFD_CLOEXEC, %d)".formatted(fd, atLeast));
    return new Fd(this, number);
  }

  @Override
  public Fd sealedMemfd(String name, byte[] content, boolean executable) {
    int cloexec = 1;
    int allowSealing = 2;
    int noexecSeal = 0x8;
    int exec = 0x10;
    int addSeals = 1033;
    int sealAll = 0x1 | 0x2 | 0x4 | 0x8; // SEAL, SHRINK, GROW, WRITE
    try (Memory path = text(name)) {
      // Both came with 6.3, and are EINVAL before; sysctl vm.memfd_noexec=2 makes MFD_EXEC EACCES.
      int flags = cloexec | allowSealing;
      int mode = executable ? exec : noexecSeal;
      long fd = syscall(MEMFD_CREATE, address(path), flags | mode, 0, 0, 0);
      if (fd < 0 && Native.getLastError() == Errno.EINVAL.number()) {
        fd = syscall(MEMFD_CREATE, address(path), flags, 0, 0, 0);
      }
      checked(
          fd,
          () ->
              "memfd_create(\"%s\", MFD_CLOEXEC|MFD_ALLOW_SEALING|%s)"
                  .formatted(name, executable ? "MFD_EXEC" : "MFD_NOEXEC_SEAL"));
      Fd memfd = new Fd(this, (int) fd);
      try {
        StreamCalls.fill(memfd, content);
        checked(LibC.fcntl(memfd.number(), addSeals, sealAll), () -> "fcntl(memfd, F_ADD_SEALS)");
        return memfd;
      } catch (SyscallException e) {
        memfd.close();
        throw e;
      }
    }
  }

  @Override
  public void close(int fd) {
    // Whatever close(2) says, the descriptor is gone: there is nothing that a caller could do.
    LibC.close(fd);
  }

  @Override
  public void send(Fd socket, byte[] bytes) {
    sendRest(socket, bytes, 0);
  }

  @Override
  public void send(Fd socket, byte[] bytes, List<Fd> descriptors) {
    int sent = 0;
    if (!descriptors.isEmpty()) {
      int[] numbers = descriptors.stream().mapToInt(Fd::number).toArray();
      try (Rights message = new Rights(bytes, numbers)) {
        sent =
            (int)
                retried(
                    () ->
                        "sendmsg(%s, %d bytes, %d descriptors, MSG_NOSIGNAL)"
                            .formatted(socket, bytes.length, numbers.length),
                    message.header(),
                    header -> LibC.sendmsg(socket.number(), header, MSG_NOSIGNAL));
      }
    }
    sendRest(socket, bytes, sent);
  }

  private static void sendRest(Fd socket, byte[] bytes, int from) {
    if (from == bytes.length) {
      return;
    }
    try (Memory memory = new Memory(bytes.length - from)) {
      memory.write(0, bytes, from, bytes.length - from);
      for (long sent = 0; sent < memory.size(); ) {
        long length = memory.size() - sent;
        sent +=
            retried(
                () -> "send(%s, %d bytes, MSG_NOSIGNAL)".formatted(socket, bytes.length),
                offset(memory, sent),
                pointer -> LibC.send(socket.number(), pointer, length, MSG_NOSIGNAL));
      }
    }
  }

  private static Pointer offset(Memory memory, long offset) {
    return memory.share(offset, memory.size() - offset);
  }

  @Override
  public int receive(Fd socket, byte[] target) {
    int received = 0;
    while (received < target.length) { // a signal to this thread cuts a message short
      byte[] rest = new byte[target.length - received];
      long count =
          retried(
              () -> "recv(%s, %d bytes)".formatted(socket, rest.length),
              rest,
              into -> LibC.recv(socket.number(), into, into.length, 0));
      if (count == 0) {
        break;
      }
      System.arraycopy(rest, 0, target, received, (int) count);
      received += (int) count;
    }
    return received;
  }

  @Override
  public int receive(Fd socket, byte[] target, List<Fd> descriptors) {
    List<Fd> received = new ArrayList<>();
    try (Message message = new Message(target.length)) {
      int count = 0;
      while (count < target.length) {
        int from = count;
        long more =
            retried(
                () -> "recvmsg(%s, %d bytes, MSG_CMSG_CLOEXEC)".formatted(socket, target.length),
                message.prepare(from),
                header -> LibC.recvmsg(socket.number(), header, Message.CMSG_CLOEXEC));
        message.descriptor().ifPresent(number -> received.add(new Fd(this, number)));
        if (more == 0) {
          break;
        }
        count += (int) more;
      }
      message.read(target, count);
      descriptors.addAll(received);
      return count;
    } catch (SyscallException e) {
      received.forEach(Fd::close);
      throw e;
    }
  }

  @Override
  public int receiveNow(Fd socket, byte[] target, List<Fd> descriptors) {
    int dontWait = 0x40;
    try (Message message = new Message(target.length)) {
      Pointer header = message.prepare(0);
      long count;
      do {
        count = LibC.recvmsg(socket.number(), header, Message.CMSG_CLOEXEC | dontWait);
      } while (count < 0 && Native.getLastError() == Errno.EINTR.number());
      if (count < 0) {
        if (Native.getLastError() == Errno.EAGAIN.number()) {
          return WOULD_BLOCK;
        }
        throw failure(
            "recvmsg(%s, %d bytes, MSG_CMSG_CLOEXEC|MSG_DONTWAIT)"
                .formatted(socket, target.length));
      }
      message.descriptor().ifPresent(number -> descriptors.add(new Fd(this, number)));
      message.read(target, (int) count);
      return (int) count;
    }
  }

  @Override
  public void chmod(Fd file, int mode) {
    checked(LibC.fchmod(file.number(), mode), () -> "fchmod(%s, 0%s)".formatted(file, octal(mode)));
  }

  private static String octal(int mode) {
    return Integer.toOctalString(mode);
  }

  @Override
  public void chown(Fd file, long uid, long gid) {
    checked(
        LibC.fchown(file.number(), (int) uid, (int) gid),
        () -> "fchown(%s, %d, %d)".formatted(file, uid, gid));
  }

  @Override
  public boolean lock(Fd file, boolean exclusive, boolean wait) {
    int operation = (exclusive ? 2 : 1) | (wait ? 0 : 4);
    while (LibC.flock(file.number(), operation) < 0) {
      int errno = Native.getLastError();
      if (errno == Errno.EAGAIN.number()) {
        return false;
      }
      if (errno != Errno.EINTR.number()) {
        throw failure(
            "flock(%s, LOCK_%s%s)"
                .formatted(file, exclusive ? "EX" : "SH", wait ? "" : "|LOCK_NB"));
      }
    }
    return true;
  }

  @Override
  public void writeAt(Fd file, byte[] bytes, long offset) {
    StreamCalls.writeAt(file, bytes, offset);
  }

  @Override
  public void writeFile(Path file, String content) {
    StreamCalls.writeFile(this, file, content);
  }

  @Override
  public void mkdir(Path directory, int mode) {
    String path = directory.toString();
    checked(LibC.mkdir(path, mode), () -> "mkdir(\"%s\", 0%o)".formatted(path, mode));
  }

  @Override
  public void rmdir(Path directory) {
    String path = directory.toString();
    checked(LibC.rmdir(path), () -> "rmdir(\"%s\")".formatted(path));
  }

  @Override
  public DirectoryCalls directories() {
    return new JnaDirectories(this);
  }

  @Override
  public void nonBlocking(Fd fd, boolean on) {
    StreamCalls.nonBlocking(fd, on);
  }

  @Override
  public NativeBuffer buffer(int size) {
    return new JnaBuffer(size);
  }

  @Override
  public int read(Fd fd, NativeBuffer target, int length) {
    return StreamCalls.read(fd, (JnaBuffer) target, length);
  }

  @Override
  public int readAt(Fd file, NativeBuffer target, int length, long offset) {
    return StreamCalls.readAt(file, (JnaBuffer) target, length, offset);
  }

  @Override
  public int write(Fd fd, NativeBuffer source, int length) {
    return StreamCalls.write(fd, (JnaBuffer) source, length);
  }

  @Override
  public int available(Fd fd) {
    return StreamCalls.available(fd);
  }

  @Override
  public void poll(Fd fd, boolean toWrite, Fd eventfd) {
    StreamCalls.poll(fd, toWrite, eventfd);
  }

  @Override
  public boolean mountsChanged(Fd mountinfo) {
    return StreamCalls.hasException(mountinfo);
  }

  @Override
  public void resize(Fd terminal, int rows, int columns) {
    TerminalCalls.resize(terminal, rows, columns);
  }

  @Override
  public OptionalInt endOfFileKey(Fd terminal) {
    return TerminalCalls.endOfFileKey(terminal);
  }

  @Override
  public int spawn(String path, List<byte[]> argv, List<Fd> descriptors) {
    return spawner.spawn(path, argv, descriptors);
  }

  @Override
  public ChildEnd waitForPid(int pid) {
    int kind = 1;
    return waitid(kind, pid, () -> "waitid(P_PID, " + pid + ", WEXITED)");
  }

  @Override
  public List<Integer> reapGroup(int group) {
    int kind = 2;
    int exited = 4;
    List<Integer> reaped = new ArrayList<>();
    try (Memory information = new Memory(128)) {
      while (true) {
        if (LibC.waitid(kind, group, information, exited) == 0) {
          reaped.add(information.getInt(16));
          continue;
        }
        int errno = Native.getLastError();
        if (errno == Errno.ECHILD.number()) { // it is the end: there are none left
          return reaped;
        }
        if (errno != Errno.EINTR.number()) {
          throw failure("waitid(P_PGID, " + group + ", WEXITED)");
        }
      }
    }
  }

  @Override
  public void kill(int pid, int signal) {
    checked(LibC.kill(pid, signal), () -> "kill(%d, %d)".formatted(pid, signal));
  }

  @Override
  public ChildEnd reap(Fd pidfd) {
    int kind = 3;
    return waitid(kind, pidfd.number(), () -> "waitid(P_PIDFD, " + pidfd + ", WEXITED)");
  }

  /** siginfo_t of a 64-bit Linux: si_code at 8, si_pid at 16, si_status at 24. */
  private static ChildEnd waitid(int kind, int id, Supplier<String> call) {
    int exited = 4;
    int codeOfExit = 1;
    try (Memory information = new Memory(128)) {
      information.clear();
      retried(call, information, into -> LibC.waitid(kind, id, into, exited));
      int status = information.getInt(24);
      int pid = information.getInt(16);
      return information.getInt(8) == codeOfExit
          ? new ChildEnd(pid, status, 0)
          : new ChildEnd(pid, 0, status);
    }
  }

  @Override
  public Fd pidfd(int pid) {
    return new Fd(
        this, (int) checked(syscall(PIDFD_OPEN, pid, 0, 0, 0, 0), () -> "pidfd_open(" + pid + ")"));
  }

  @Override
  public void signal(Fd pidfd, int signal) {
    long result = syscall(PIDFD_SEND_SIGNAL, pidfd.number(), signal, 0, 0, 0);
    if (result < 0 && Native.getLastError() != Errno.ESRCH.number()) {
      throw failure("pidfd_send_signal(%s, %d)".formatted(pidfd, signal));
    }
  }

  @Override
  public Fd bpfLoad(byte[] insns) {
    return new Fd(this, BpfCalls.load(insns));
  }

  @Override
  public void bpfAttach(Fd cgroup, Fd program) {
    BpfCalls.attach(cgroup, program);
  }

  @Override
  public void bpfDetach(Fd cgroup, Fd program) {
    BpfCalls.detach(cgroup, program);
  }

  @Override
  public List<Integer> bpfAttached(Fd cgroup) {
    return BpfCalls.attached(cgroup);
  }

  @Override
  public Fd bpfProgram(int id) {
    return new Fd(this, BpfCalls.byId(id));
  }

  @Override
  public boolean awaitChange(Fd file, int timeoutMillis) {
    return StreamCalls.awaitChange(file, timeoutMillis);
  }

  @Override
  public Fd epoll() {
    return new Fd(
        this, checked(LibC.epoll_create1(O_CLOEXEC), () -> "epoll_create1(EPOLL_CLOEXEC)"));
  }

  @Override
  public void watch(Fd epoll, Fd fd, long number) {
    watch(epoll, fd, number, EPOLLIN);
  }

  @Override
  public void watchOnce(Fd epoll, Fd fd, long number) {
    watch(epoll, fd, number, EPOLLIN | EPOLLONESHOT);
  }

  @Override
  public void watchException(Fd epoll, Fd fd, long number) {
    watch(epoll, fd, number, EPOLLPRI);
  }

  @Override
  public void unwatch(Fd epoll, Fd fd) {
    int delete = 2;
    checked(
        LibC.epoll_ctl(epoll.number(), delete, fd.number(), Pointer.NULL),
        () -> "epoll_ctl(%s, EPOLL_CTL_DEL, %s)".formatted(epoll, fd));
  }

  private static void watch(Fd epoll, Fd fd, long number, int events) {
    int add = 1;
    try (Memory event = new Memory(16)) {
      event.setInt(0, events);
      event.setLong(EVENT_SIZE - 8, number);
      checked(
          LibC.epoll_ctl(epoll.number(), add, fd.number(), event),
          () -> "epoll_ctl(%s, EPOLL_CTL_ADD, %s)".formatted(epoll, fd));
    }
  }

  @Override
  public int await(Fd epoll, long[] numbers, int timeoutMillis) {
    int most = Math.min(numbers.length, EVENTS);
    try (Memory events = new Memory((long) EVENT_SIZE * most)) {
      int count = LibC.epoll_wait(epoll.number(), events, most, timeoutMillis);
      if (count < 0 && Native.getLastError() == Errno.EINTR.number()) {
        return 0; // the caller computes its timeout anew
      }
      checked(count, () -> "epoll_wait(%s, %d ms)".formatted(epoll, timeoutMillis));
      for (int i = 0; i < count; i++) {
        numbers[i] = events.getLong((long) EVENT_SIZE * i + EVENT_SIZE - 8);
      }
      return count;
    }
  }

  @Override
  public Fd eventfd() {
    int nonBlocking = 0x800;
    return new Fd(
        this,
        checked(
            LibC.eventfd(0, O_CLOEXEC | nonBlocking), () -> "eventfd(EFD_CLOEXEC|EFD_NONBLOCK)"));
  }

  @Override
  public void raise(Fd eventfd) {
    byte[] one = {1, 0, 0, 0, 0, 0, 0, 0};
    checked(LibC.write(eventfd.number(), one, 8), () -> "write(eventfd, 1)");
  }

  @Override
  public void clear(Fd eventfd) {
    // EAGAIN: somebody was faster. Nothing else can happen.
    LibC.read(eventfd.number(), new long[1], 8);
  }

  @Override
  public Fd inotify() {
    int nonBlocking = 0x800;
    return new Fd(
        this,
        checked(
            LibC.inotify_init1(O_CLOEXEC | nonBlocking),
            () -> "inotify_init1(IN_CLOEXEC|IN_NONBLOCK)"));
  }

  @Override
  public int watchFile(Fd inotify, String path) {
    int modify = 2;
    return checked(
        LibC.inotify_add_watch(inotify.number(), path, modify),
        () -> "inotify_add_watch(%s, \"%s\", IN_MODIFY)".formatted(inotify, path));
  }

  @Override
  public void unwatchFile(Fd inotify, int watch) {
    if (LibC.inotify_rm_watch(inotify.number(), watch) < 0
        && Native.getLastError() != Errno.EINVAL.number()) {
      throw failure("inotify_rm_watch(%s, %d)".formatted(inotify, watch));
    }
  }

  @Override
  public int effectiveUserId() {
    return LibC.geteuid();
  }

  @Override
  public int effectiveGroupId() {
    return LibC.getegid();
  }

  @Override
  public void tryIdmap(String directory, Fd userNamespace) {
    int here = -100;
    int cloneTree = 1;
    int emptyPath = 0x1000;
    int idmap = 0x100000;
    try (Memory path = text(directory);
        Memory empty = text("");
        Memory attributes = new Memory(32)) {
      long tree = syscall(OPEN_TREE, here, address(path), cloneTree | O_CLOEXEC, 0, 0);
      checked(tree, () -> "open_tree(\"" + directory + "\", OPEN_TREE_CLONE)");
      try (Fd copy = new Fd(this, (int) tree)) {
        attributes.clear();
        attributes.setLong(0, idmap);
        attributes.setLong(24, userNamespace.number());
        checked(
            syscall(
                MOUNT_SETATTR, copy.number(), address(empty), emptyPath, address(attributes), 32),
            () -> "mount_setattr(\"" + directory + "\", MOUNT_ATTR_IDMAP)");
      }
    }
  }

  interface Attempt<T> {
    long make(T operand);
  }

  static <T> long retried(Supplier<String> call, T operand, Attempt<T> attempt) {
    while (true) {
      long result = attempt.make(operand);
      if (result >= 0) {
        return result;
      }
      if (Native.getLastError() != Errno.EINTR.number()) {
        throw failure(call.get());
      }
    }
  }

  private static long syscall(long number, long a, long b, long c, long d, long e) {
    return LibC.syscall(number, a, b, c, d, e);
  }

  private static Memory text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Memory memory = new Memory(bytes.length + 1L);
    memory.write(0, bytes, 0, bytes.length);
    memory.setByte(bytes.length, (byte) 0);
    return memory;
  }

  private static long address(Memory memory) {
    return Pointer.nativeValue(memory);
  }

  static int checked(int result, Supplier<String> call) {
    return (int) checked((long) result, call);
  }

  static long checked(long result, Supplier<String> call) {
    if (result < 0) {
      throw failure(call.get());
    }
    return result;
  }

  static SyscallException failure(String call) {
    return new SyscallException(call, Errno.of(Native.getLastError()));
  }
}
