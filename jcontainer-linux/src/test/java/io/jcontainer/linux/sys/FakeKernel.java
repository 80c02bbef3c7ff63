package io.jcontainer.linux.sys;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A kernel without a kernel: its processes end when a test says so, or by a signal, and it writes
 * down what it was asked for. Safe for several threads.
 */
public final class FakeKernel implements Kernel {
  /** Beyond all that the JVM itself may have open. */
  private static final int FIRST_DESCRIPTOR = 1_000_000;

  /** A child that has ended or not, and whose end was taken or not. */
  private static final class Child {
    private @Nullable ChildEnd end;
    private boolean reaped;
  }

  private final Map<Integer, String> open = new TreeMap<>();
  private final Map<Integer, Child> children = new HashMap<>();
  private final Map<Integer, Integer> pidfds = new HashMap<>();
  private final Map<Integer, Long> watched = new TreeMap<>();
  private final Set<Integer> once = new HashSet<>();
  private final Set<Integer> raised = new HashSet<>();
  private final Map<String, Errno> failures = new HashMap<>();
  private final Map<Integer, List<Integer>> groups = new HashMap<>();
  private final ArrayDeque<byte[]> incoming = new ArrayDeque<>();
  private @Nullable Fd incomingDescriptor;
  private final List<String> calls = new ArrayList<>();
  private final BlockingQueue<Integer> timeouts = new LinkedBlockingQueue<>();
  private final Map<String, String> files = new HashMap<>();
  private final Map<String, Integer> fileWatches = new HashMap<>();
  private final ArrayDeque<Integer> fileChanges = new ArrayDeque<>();
  private final List<String> written = new ArrayList<>();
  private int inotify;
  private int nextWatch = 1;
  private final Map<Integer, FakePipe> readingEnds = new HashMap<>();
  private final Map<Integer, FakePipe> writingEnds = new HashMap<>();
  private OptionalInt endOfFileKey = OptionalInt.of(4);
  private final List<Integer> attached = new ArrayList<>();
  private Consumer<Path> onWrite = file -> {};
  private Consumer<Integer> onPidfd = pid -> {};
  private int longestWaitMillis;
  private Runnable onAwaitChange = () -> {};
  private int nextProgram = 1;
  private int waitingInPoll;
  private boolean mountsChanged;
  private int buffers;
  private int nextDescriptor = FIRST_DESCRIPTOR;
  private int nextPid = 1000;

  // What a test does.

  /** Something is mounted on the host, or unmounted. */
  public synchronized void changeMounts() {
    mountsChanged = true;
  }

  /** Puts a file of a cgroup there, or changes it: whoever watches it is told. */
  public synchronized void file(String path, String content) {
    files.put(path, content);
    Integer watch = fileWatches.get(path);
    if (watch != null) {
      fileChanges.add(watch);
      notifyAll();
    }
  }

  /** Makes all descriptors of this kind readable. */
  public synchronized void raise(String what) {
    open.forEach(
        (fd, is) -> {
          if (is.equals(what)) {
            raised.add(fd);
          }
        });
    notifyAll();
  }

  /** Removes a cgroup, with all that is below it. */
  public synchronized void removeFiles(String directory) {
    files.keySet().removeIf(path -> path.startsWith(directory));
  }

  /** The files that are watched, in the order of their names. */
  public synchronized List<String> watchedFiles() {
    return fileWatches.keySet().stream().sorted().toList();
  }

  /** What was written by {@link #writeAt}, in order. */
  public synchronized List<String> written() {
    return List.copyOf(written);
  }

  /** A child that runs. */
  public synchronized int newChild() {
    children.put(nextPid, new Child());
    return nextPid++;
  }

  /** The child exits. */
  public void exit(int pid, int code) {
    end(pid, new ChildEnd(pid, code, 0));
  }

  /** The child is killed by somebody else. */
  public void killed(int pid, int signal) {
    end(pid, new ChildEnd(pid, 0, signal));
  }

  private synchronized void end(int pid, ChildEnd end) {
    Child child = child(pid);
    if (child.end == null) {
      child.end = end;
      notifyAll();
    }
  }

  /** Lets the next call of this name fail. */
  public synchronized void failNext(String call, Errno errno) {
    failures.put(call, errno);
  }

  /** Who is in a process group when it is reaped; its leader if nothing is said. */
  public synchronized void group(int group, Integer... members) {
    groups.put(group, List.of(members));
  }

  /** What the next {@link #receive} gets; after the last it is the end of file. */
  public synchronized void willReceive(byte[] bytes) {
    incoming.add(bytes);
  }

  /** The descriptor that comes with what the next {@link #receive} gets. */
  public synchronized void willReceive(Fd descriptor) {
    incomingDescriptor = descriptor;
  }

  /** The calls so far that do something to a process, in order. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /** What is open, by number. */
  public synchronized Map<Integer, String> openDescriptors() {
    return new TreeMap<>(open);
  }

  /** The timeout of the next call of {@link #await} that no test has asked for yet. */
  public int nextTimeout() {
    try {
      Integer timeout = timeouts.poll(5, TimeUnit.SECONDS);
      if (timeout == null) {
        throw new AssertionError("nobody waits");
      }
      return timeout;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Child child(int pid) {
    Child child = children.get(pid);
    if (child == null) {
      throw new AssertionError("there is no child " + pid);
    }
    return child;
  }

  private void failIfTold(String call) {
    Errno errno = failures.remove(call);
    if (errno != null) {
      throw new SyscallException(call + "()", errno);
    }
  }

  // Descriptors.

  /** A new descriptor. */
  public synchronized Fd fd(String what) {
    open.put(nextDescriptor, what);
    return new Fd(this, nextDescriptor++);
  }

  @Override
  public boolean lock(Fd file, boolean exclusive, boolean wait) {
    return true;
  }

  @Override
  public synchronized void writeAt(Fd file, byte[] bytes, long offset) {
    failIfTold("pwrite");
    written.add(new String(bytes, StandardCharsets.UTF_8));
  }

  /** Writes really, to a file that a test has made. */
  @Override
  public synchronized void writeFile(Path file, String content) {
    failIfTold("write");
    calls.add("write %s %s".formatted(file.getFileName(), content.strip()));
    if (!Files.exists(file)) {
      throw new SyscallException("open(\"" + file + "\")", Errno.ENOENT);
    }
    try {
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    onWrite.accept(file);
  }

  /** Makes one really. */
  @Override
  public synchronized void mkdir(Path directory, int mode) {
    failIfTold("mkdir");
    try {
      Files.createDirectory(directory);
    } catch (IOException e) {
      throw new SyscallException(
          "mkdir(\"%s\", 0%o)".formatted(directory, mode),
          Files.exists(directory) ? Errno.EEXIST : Errno.ENOENT);
    }
  }

  /** Removes one really. */
  @Override
  public DirectoryCalls directories() {
    throw new UnsupportedOperationException("it has no file system");
  }

  @Override
  public synchronized void rmdir(Path directory) {
    failIfTold("rmdir");
    try {
      Files.delete(directory);
    } catch (IOException e) {
      throw new SyscallException(
          "rmdir(\"%s\")".formatted(directory),
          Files.exists(directory) ? Errno.ENOTEMPTY : Errno.ENOENT);
    }
  }

  /** Lets a test do what the kernel does when a file is written. */
  public synchronized void onWrite(Consumer<Path> reaction) {
    onWrite = reaction;
  }

  @Override
  public synchronized Fd[] pipe() {
    failIfTold("pipe2");
    Fd[] ends = {fd("pipe, to read"), fd("pipe, to write")};
    FakePipe pipe = new FakePipe();
    readingEnds.put(ends[0].number(), pipe);
    writingEnds.put(ends[1].number(), pipe);
    return ends;
  }

  @Override
  public Fd[] socketpair() {
    return new Fd[] {fd("socket"), fd("socket")};
  }

  @Override
  public synchronized Fd open(String path, int flags) {
    failIfTold("open");
    if (path.startsWith("/sys/fs/cgroup/") && !files.containsKey(path)) {
      throw new SyscallException("open(\"" + path + "\")", Errno.ENOENT);
    }
    return fd(path);
  }

  @Override
  public synchronized Fd duplicate(Fd fd, int atLeast) {
    return fd(open.getOrDefault(fd.number(), "duplicate of " + fd));
  }

  @Override
  public synchronized Fd sealedMemfd(String name, byte[] content, boolean executable) {
    failIfTold("memfd_create");
    return fd("memfd " + name);
  }

  @Override
  public synchronized void close(int fd) {
    if (open.remove(fd) == null) {
      throw new AssertionError("descriptor " + fd + " is closed twice");
    }
    pidfds.remove(fd);
    watched.remove(fd);
    if (readingEnds.containsKey(fd)) {
      readingEnds.remove(fd).closeEnd(true);
    }
    if (writingEnds.containsKey(fd)) {
      writingEnds.remove(fd).closeEnd(false);
    }
    notifyAll();
  }

  @Override
  public synchronized void send(Fd socket, byte[] bytes) {
    failIfTold("send");
    calls.add("send " + bytes.length);
  }

  @Override
  public synchronized void send(Fd socket, byte[] bytes, List<Fd> descriptors) {
    failIfTold("send");
    calls.add("send %d, %d descriptors".formatted(bytes.length, descriptors.size()));
  }

  @Override
  public synchronized void chmod(Fd file, int mode) {
    failIfTold("fchmod");
    calls.add("fchmod 0" + Integer.toOctalString(mode));
  }

  @Override
  public synchronized void chown(Fd file, long uid, long gid) {
    failIfTold("fchown");
    calls.add("fchown %d %d".formatted(uid, gid));
  }

  @Override
  public synchronized int receive(Fd socket, byte[] target) {
    byte[] bytes = incoming.poll();
    if (bytes == null) {
      failIfTold("receive");
      return 0; // the end of file
    }
    System.arraycopy(bytes, 0, target, 0, bytes.length);
    return bytes.length;
  }

  @Override
  public synchronized int receive(Fd socket, byte[] target, List<Fd> descriptors) {
    int count = receive(socket, target);
    if (incomingDescriptor != null) {
      descriptors.add(incomingDescriptor);
      incomingDescriptor = null;
    }
    return count;
  }

  @Override
  public synchronized int receiveNow(Fd socket, byte[] target, List<Fd> descriptors) {
    failIfTold("receiveNow");
    return incoming.isEmpty() ? WOULD_BLOCK : receive(socket, target, descriptors);
  }

  // Streams.

  /** Returns when this many threads wait in {@link #poll}. */
  public synchronized void awaitPolling(int threads) throws InterruptedException {
    while (waitingInPoll != threads) {
      wait();
    }
  }

  /** How many buffers there are that nobody has freed. */
  public synchronized int buffers() {
    return buffers;
  }

  @Override
  public synchronized void nonBlocking(Fd fd, boolean on) {
    failIfTold("fcntl");
  }

  @Override
  public synchronized NativeBuffer buffer(int size) {
    buffers++;
    return new FakeBuffer(size, this::freed);
  }

  private synchronized void freed() {
    buffers--;
  }

  private static FakePipe end(Map<Integer, FakePipe> ends, Fd fd) {
    FakePipe pipe = ends.get(fd.number());
    if (pipe == null) {
      throw new AssertionError("descriptor " + fd + " is no such end of a pipe");
    }
    return pipe;
  }

  @Override
  public synchronized int read(Fd fd, NativeBuffer target, int length) {
    failIfTold("read");
    if (fd.number() == inotify) {
      Integer watch = fileChanges.poll();
      if (watch == null) {
        return WOULD_BLOCK;
      }
      byte[] event = new byte[16];
      ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN).putInt(watch).putInt(2);
      target.put(event, 0, event.length);
      return event.length;
    }
    int count = end(readingEnds, fd).read(target, length);
    notifyAll();
    return count;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized int readAt(Fd file, NativeBuffer target, int length, long offset) {
    failIfTold("pread");
    String path = open.getOrDefault(file.number(), "closed");
    String content = files.get(path);
    if (content == null && Files.isRegularFile(Path.of(path))) { // which a test has made
      content = text(Path.of(path));
    }
    if (content == null) { // it was there when it was opened
      throw new SyscallException("pread(" + file + ")", Errno.ENODEV);
    }
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    int from = (int) Math.min(offset, bytes.length);
    int count = Math.min(length, bytes.length - from);
    target.put(bytes, from, count);
    return count;
  }

  @Override
  public synchronized int write(Fd fd, NativeBuffer source, int length) {
    failIfTold("write");
    FakePipe pipe = writingEnds.get(fd.number());
    if (pipe == null) {
      byte[] bytes = new byte[length];
      source.get(bytes, 0, length);
      calls.add("write " + Arrays.toString(bytes));
      return length;
    }
    int count = pipe.write(source, length);
    notifyAll();
    return count;
  }

  @Override
  public synchronized int available(Fd fd) {
    failIfTold("ioctl");
    if (!readingEnds.containsKey(fd.number())) {
      return incoming.stream().mapToInt(bytes -> bytes.length).sum();
    }
    return end(readingEnds, fd).available();
  }

  @Override
  public synchronized void poll(Fd fd, boolean toWrite, Fd eventfd) {
    FakePipe pipe = end(toWrite ? writingEnds : readingEnds, fd);
    waitingInPoll++;
    notifyAll();
    try {
      while (pipe.wouldBlock(toWrite) && !raised.contains(eventfd.number())) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      waitingInPoll--;
      notifyAll();
    }
  }

  @Override
  public synchronized boolean mountsChanged(Fd mountinfo) {
    boolean changed = mountsChanged;
    mountsChanged = false;
    return changed;
  }

  @Override
  public synchronized void resize(Fd terminal, int rows, int columns) {
    calls.add("resize " + terminal.number() + " " + rows + " " + columns);
  }

  /** What means the end of the file at terminals from here on. */
  public synchronized void setEndOfFileKey(OptionalInt key) {
    endOfFileKey = key;
  }

  @Override
  public synchronized OptionalInt endOfFileKey(Fd terminal) {
    return endOfFileKey;
  }

  // Processes.

  @Override
  public synchronized int spawn(String path, List<byte[]> argv, List<Fd> descriptors) {
    failIfTold("posix_spawn");
    calls.add("spawn " + path + " with " + descriptors.size() + " descriptors");
    return newChild();
  }

  @Override
  public synchronized ChildEnd waitForPid(int pid) {
    calls.add("wait for " + pid);
    return new ChildEnd(pid, 0, 0);
  }

  @Override
  public synchronized List<Integer> reapGroup(int group) {
    failIfTold("reapGroup");
    calls.add("reap group " + group);
    return groups.getOrDefault(group, List.of(group));
  }

  @Override
  public synchronized void kill(int pid, int signal) {
    calls.add("kill " + pid + " " + signal);
  }

  /** Lets a test do what happens between a look and the pidfd. */
  public synchronized void onPidfd(Consumer<Integer> reaction) {
    onPidfd = reaction;
  }

  @Override
  public synchronized Fd pidfd(int pid) {
    failIfTold("pidfd_open");
    child(pid);
    Fd fd = fd("pidfd of " + pid);
    pidfds.put(fd.number(), pid);
    onPidfd.accept(pid);
    return fd;
  }

  private int pid(Fd pidfd) {
    Integer pid = pidfds.get(pidfd.number());
    if (pid == null) {
      throw new AssertionError(pidfd + " is no pidfd");
    }
    return pid;
  }

  @Override
  public synchronized void signal(Fd pidfd, int signal) {
    failIfTold("pidfd_send_signal");
    int pid = pid(pidfd);
    calls.add("signal " + pid + " " + signal);
    if (signal == 9) {
      killed(pid, signal);
    }
  }

  @Override
  public synchronized ChildEnd reap(Fd pidfd) {
    failIfTold("waitid");
    int pid = pid(pidfd);
    calls.add("reap " + pid);
    Child child = child(pid);
    if (child.end == null || child.reaped) {
      throw new AssertionError("child " + pid + " has no end that could be taken");
    }
    child.reaped = true;
    return child.end;
  }

  // BPF.

  /** The programs that are attached, in order. */
  public synchronized List<Integer> attached() {
    return List.copyOf(attached);
  }

  private int program(Fd fd) {
    return Integer.parseInt(open.getOrDefault(fd.number(), "").replace("bpf ", ""));
  }

  @Override
  public synchronized Fd bpfLoad(byte[] insns) {
    failIfTold("bpfLoad");
    return fd("bpf " + nextProgram++);
  }

  @Override
  public synchronized void bpfAttach(Fd cgroup, Fd program) {
    failIfTold("bpfAttach");
    calls.add("attach " + program(program));
    attached.add(program(program));
  }

  @Override
  public synchronized void bpfDetach(Fd cgroup, Fd program) {
    failIfTold("bpfDetach");
    calls.add("detach " + program(program));
    attached.removeIf(each -> each == program(program));
  }

  @Override
  public synchronized List<Integer> bpfAttached(Fd cgroup) {
    failIfTold("bpfAttached");
    return List.copyOf(attached);
  }

  @Override
  public synchronized Fd bpfProgram(int id) {
    failIfTold("bpfProgram");
    return fd("bpf " + id);
  }

  // Waiting.

  /** What happens while somebody waits for a file to change. */
  public synchronized void onAwaitChange(Runnable change) {
    onAwaitChange = change;
  }

  /** How long somebody would have waited at most, had nobody told of a change. */
  public synchronized int longestWaitMillis() {
    return longestWaitMillis;
  }

  @Override
  public synchronized boolean awaitChange(Fd file, int timeoutMillis) {
    calls.add("await change");
    longestWaitMillis = Math.max(longestWaitMillis, timeoutMillis);
    onAwaitChange.run();
    return true;
  }

  @Override
  public Fd epoll() {
    return fd("epoll");
  }

  @Override
  public synchronized void watch(Fd epoll, Fd fd, long number) {
    failIfTold("epoll_ctl");
    watched.put(fd.number(), number);
    notifyAll();
  }

  @Override
  public synchronized void watchOnce(Fd epoll, Fd fd, long number) {
    once.add(fd.number());
    watch(epoll, fd, number);
  }

  @Override
  public void watchException(Fd epoll, Fd fd, long number) {
    watch(epoll, fd, number);
  }

  @Override
  public synchronized void unwatch(Fd epoll, Fd fd) {
    if (watched.remove(fd.number()) == null) {
      throw new SyscallException("epoll_ctl(EPOLL_CTL_DEL, " + fd + ")", Errno.ENOENT);
    }
  }

  @Override
  public synchronized Fd inotify() {
    failIfTold("inotify_init1");
    Fd fd = fd("inotify");
    inotify = fd.number();
    return fd;
  }

  @Override
  public synchronized int watchFile(Fd inotify, String path) {
    failIfTold("inotify_add_watch");
    if (!files.containsKey(path)) {
      throw new SyscallException("inotify_add_watch(\"" + path + "\")", Errno.ENOENT);
    }
    return fileWatches.computeIfAbsent(path, each -> nextWatch++);
  }

  @Override
  public synchronized void unwatchFile(Fd inotify, int watch) {
    fileWatches.values().removeIf(each -> each == watch);
  }

  @Override
  public synchronized int await(Fd epoll, long[] numbers, int timeoutMillis) {
    timeouts.add(timeoutMillis);
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    int count = ready(numbers);
    while (count == 0) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()) + 1;
      if (timeoutMillis >= 0 && deadline - System.nanoTime() <= 0) {
        return 0;
      }
      try {
        wait(timeoutMillis < 0 ? 0 : left);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      count = ready(numbers);
    }
    return count;
  }

  private int ready(long[] numbers) {
    int count = 0;
    for (Map.Entry<Integer, Long> entry : List.copyOf(watched.entrySet())) {
      if (count < numbers.length && isReadable(entry.getKey())) {
        numbers[count++] = entry.getValue();
        if (once.contains(entry.getKey())) {
          watched.remove(entry.getKey());
        }
      }
    }
    return count;
  }

  private boolean isReadable(int fd) {
    if (fd == inotify) {
      return !fileChanges.isEmpty();
    }
    Integer pid = pidfds.get(fd);
    return pid == null ? raised.contains(fd) : child(pid).end != null;
  }

  @Override
  public synchronized Fd eventfd() {
    failIfTold("eventfd");
    return fd("eventfd");
  }

  @Override
  public synchronized void raise(Fd eventfd) {
    raised.add(eventfd.number());
    notifyAll();
  }

  @Override
  public synchronized void clear(Fd eventfd) {
    raised.remove(eventfd.number());
  }

  // The host.

  @Override
  public int effectiveUserId() {
    return 4711;
  }

  @Override
  public int effectiveGroupId() {
    return 4712;
  }

  @Override
  public synchronized void tryIdmap(String directory, Fd userNamespace) {
    calls.add("tryIdmap " + directory);
    failIfTold("mount_setattr");
  }
}
