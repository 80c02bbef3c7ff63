package io.jcontainer.linux.sys.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.OwnDescriptors;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.NativeBuffer;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where the kernel does less than was asked of it. */
@Tag("every-jdk")
@LeakChecked
@Timeout(60)
class JnaKernelIT {
  private static final long TGKILL = "amd64".equals(System.getProperty("os.arch")) ? 234 : 131;
  private static final long GETTID = "amd64".equals(System.getProperty("os.arch")) ? 186 : 178;
  private static final long SENDMSG = "amd64".equals(System.getProperty("os.arch")) ? 46 : 211;
  private static final int SIGPIPE = 13; // HotSpot's handler does nothing

  private final JnaKernel kernel = new JnaKernel();

  @Test
  void a_signal_while_a_message_arrives_does_not_cut_it_short() throws Exception {
    // Profilers such as async-profiler send them to all threads, again and again.
    Fd[] pair = kernel.socketpair();
    CompletableFuture<Long> id = new CompletableFuture<>();
    CompletableFuture<Integer> received = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              id.complete(LibC.syscall(GETTID, 0, 0, 0, 0, 0));
              received.complete(kernel.receive(pair[0], new byte[32]));
            });
    try (Fd ours = pair[1];
        Fd theirs = pair[0]) {
      reader.start();
      long thread = id.get(20, TimeUnit.SECONDS);
      kernel.send(ours, new byte[16]);
      assertThat(Poll.until(Duration.ofSeconds(20), () -> isInReceive(thread))).isTrue();
      for (int i = 0; i < 10; i++) {
        LibC.syscall(TGKILL, ProcFs.ownPid(), thread, SIGPIPE, 0, 0);
        assertThat(Poll.until(Duration.ofSeconds(20), () -> received.isDone() || isTaken(thread)))
            .isTrue();
      }
      kernel.send(ours, new byte[16]);

      assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(32);
      assertThat(theirs.number()).isPositive();
    }
    reader.join();
  }

  @Test
  void a_descriptor_comes_with_a_message_and_is_close_on_exec() throws Exception {
    Fd[] pair = kernel.socketpair();
    try (Fd ours = pair[0];
        Fd theirs = pair[1];
        Fd file = kernel.open("/dev/null", 0)) {
      sendWithDescriptors(theirs, file.number());
      kernel.send(theirs, new byte[] {2});
      List<Fd> descriptors = new ArrayList<>();
      byte[] bytes = new byte[2];

      assertThat(kernel.receive(ours, bytes, descriptors)).isEqualTo(2);

      assertThat(bytes).containsExactly(1, 2);
      assertThat(descriptors).hasSize(1);
      try (Fd received = descriptors.get(0)) {
        assertThat(Files.readSymbolicLink(Path.of(received.path()))).hasToString("/dev/null");
        int getFlags = 1;
        assertThat(LibC.fcntl(received.number(), getFlags, 0)).as("FD_CLOEXEC").isEqualTo(1);
      }
    }
  }

  @Test
  void of_several_descriptors_all_but_the_first_are_closed() {
    Fd[] pair = kernel.socketpair();
    try (Fd ours = pair[0];
        Fd theirs = pair[1];
        Fd file = kernel.open("/dev/null", 0)) {
      sendWithDescriptors(theirs, file.number(), file.number(), file.number());
      int before = OwnDescriptors.now().size();
      List<Fd> descriptors = new ArrayList<>();

      assertThat(kernel.receive(ours, new byte[1], descriptors)).isEqualTo(1);

      assertThat(descriptors).hasSize(1);
      assertThat(OwnDescriptors.now()).hasSize(before + 1);
      descriptors.forEach(Fd::close);
    }
  }

  @Test
  void a_descriptor_of_a_message_that_never_gets_whole_is_closed() {
    Fd[] pair = kernel.socketpair();
    try (Fd theirs = pair[1];
        Fd file = kernel.open("/dev/null", 0)) {
      sendWithDescriptors(theirs, file.number());
      int before = OwnDescriptors.now().size();
      List<Fd> descriptors = new ArrayList<>();
      int levelSocket = 1;
      int receiveTimeout = 20;
      try (Fd ours = pair[0];
          Memory soon = new Memory(16)) {
        soon.setLong(0, 0);
        soon.setLong(8, 1000);
        LibC.setsockopt(ours.number(), levelSocket, receiveTimeout, soon, 16);

        assertThatThrownBy(() -> kernel.receive(ours, new byte[2], descriptors))
            .hasMessageStartingWith("recvmsg(" + ours + ", 2 bytes, MSG_CMSG_CLOEXEC)")
            .hasMessageEndingWith("(EAGAIN)");

        assertThat(OwnDescriptors.now()).hasSize(before);
      }
      assertThat(descriptors).isEmpty();
    }
  }

  /** sendmsg(2) of one byte, 1, with these. */
  private static void sendWithDescriptors(Fd socket, int... numbers) {
    try (Memory bytes = new Memory(1);
        Memory vector = new Memory(16);
        Memory control = new Memory(16 + 8L * numbers.length);
        Memory header = new Memory(56)) {
      bytes.setByte(0, (byte) 1);
      vector.setPointer(0, bytes);
      vector.setLong(8, 1);
      control.clear();
      control.setLong(0, 16 + 4L * numbers.length);
      control.setInt(8, 1);
      control.setInt(12, 1);
      for (int i = 0; i < numbers.length; i++) {
        control.setInt(16 + 4L * i, numbers[i]);
      }
      header.clear();
      header.setPointer(16, vector);
      header.setLong(24, 1);
      header.setPointer(32, control);
      header.setLong(40, 16 + 4L * numbers.length);
      long sent = LibC.syscall(SENDMSG, socket.number(), Pointer.nativeValue(header), 0, 0, 0);
      assertThat(sent).isEqualTo(1);
    }
  }

  @Test
  void descriptors_are_sent_along_with_the_first_byte() {
    Fd[] pair = kernel.socketpair();
    Fd[] pipe = kernel.pipe();
    List<Fd> descriptors = new ArrayList<>();
    try (Fd ours = pair[0];
        Fd theirs = pair[1];
        Fd reading = pipe[0];
        Fd writing = pipe[1]) {
      kernel.send(theirs, new byte[] {5, 6}, List.of(writing));
      byte[] received = new byte[2];
      assertThat(kernel.receive(ours, received, descriptors)).isEqualTo(2);
      assertThat(received).containsExactly(5, 6);
      assertThat(descriptors).hasSize(1);
      try (Fd copy = descriptors.get(0)) {
        kernel.send(theirs, new byte[] {7}, List.of());
        assertThat(kernel.receive(ours, new byte[1], descriptors)).isEqualTo(1);
        assertThat(descriptors).hasSize(1);
        assertThat(ProcFs.descriptors(ProcFs.ownPid()).get(copy.number()))
            .isEqualTo(ProcFs.descriptors(ProcFs.ownPid()).get(writing.number()))
            .isEqualTo(ProcFs.descriptors(ProcFs.ownPid()).get(reading.number()));
      }
    }
  }

  @Test
  void a_message_larger_than_the_sockets_memory_is_sent_whole_with_its_descriptors()
      throws Exception {
    Fd[] pair = kernel.socketpair();
    byte[] large = new byte[1 << 20];
    large[large.length - 1] = 9;
    byte[] received = new byte[large.length];
    List<Fd> descriptors = new ArrayList<>();
    try (Fd ours = pair[0];
        Fd theirs = pair[1]) {
      Thread sender = new Thread(() -> kernel.send(theirs, large, List.of(theirs, theirs)));
      sender.start();
      assertThat(kernel.receive(ours, received)).isEqualTo(large.length); // and closes what came
      sender.join();
    }
    assertThat(received).isEqualTo(large);
    assertThat(descriptors).isEmpty();
  }

  @Test
  void a_socket_that_nobody_reads_any_more_is_epipe_with_descriptors_too() {
    Fd[] pair = kernel.socketpair();
    pair[1].close();
    try (Fd ours = pair[0]) {
      assertThatThrownBy(() -> kernel.send(ours, new byte[1], List.of(ours)))
          .hasMessageContaining("sendmsg(" + ours + ", 1 bytes, 1 descriptors, MSG_NOSIGNAL)")
          .hasMessageEndingWith("(EPIPE)");
    }
  }

  @Test
  void a_file_gets_a_mode_and_an_owner(@TempDir Path directory) throws IOException {
    Path path = Files.createFile(directory.resolve("file"));
    try (Fd file = kernel.open(path.toString(), 0)) {
      kernel.chmod(file, 0640);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-r-----");
      kernel.chown(file, kernel.effectiveUserId(), kernel.effectiveGroupId());
      assertThat(Files.getAttribute(path, "unix:uid")).isEqualTo(kernel.effectiveUserId());
    }
  }

  /** The number of the system call comes first: recvfrom(2). */
  private static boolean isInReceive(long thread) {
    String number = "amd64".equals(System.getProperty("os.arch")) ? "45 " : "207 ";
    return read(thread, "syscall").startsWith(number);
  }

  private static boolean isTaken(long thread) {
    return read(thread, "status").contains("SigPnd:\t0000000000000000\n");
  }

  private static String read(long thread, String file) {
    try {
      return Files.readString(Path.of("/proc/self/task", Long.toString(thread), file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void a_non_blocking_pipe_says_when_it_would_block() {
    Fd[] pipe = kernel.pipe();
    try (Fd reading = pipe[0];
        Fd writing = pipe[1];
        NativeBuffer buffer = kernel.buffer(1 << 16)) {
      kernel.nonBlocking(reading, true);
      kernel.nonBlocking(writing, true);

      assertThat(kernel.read(reading, buffer, 10)).isEqualTo(Kernel.WOULD_BLOCK);
      buffer.put(new byte[] {0, 1, 2, 3}, 1, 3);
      assertThat(kernel.write(writing, buffer, 3)).isEqualTo(3);
      assertThat(kernel.available(reading)).isEqualTo(3);
      buffer.put(new byte[3], 0, 3);
      assertThat(kernel.read(reading, buffer, buffer.size())).isEqualTo(3);
      byte[] received = new byte[4];
      buffer.get(received, 1, 3);
      assertThat(received).containsExactly(0, 1, 2, 3);

      assertThat(kernel.write(writing, buffer, buffer.size())).isEqualTo(buffer.size());
      assertThat(kernel.write(writing, buffer, 1)).isEqualTo(Kernel.WOULD_BLOCK);
      writing.close();
      assertThat(kernel.read(reading, buffer, buffer.size())).isEqualTo(buffer.size());
      assertThat(kernel.read(reading, buffer, 1)).isZero();
    }
  }

  @Test
  void whether_a_file_blocks_can_be_changed_and_leaves_its_other_flags() throws IOException {
    int readWriteAppend = 0x402;
    try (Fd file = kernel.open("/dev/null", readWriteAppend)) {
      kernel.nonBlocking(file, true);
      assertThat(flags(file)).contains("02106002\n"); // O_LARGEFILE, O_CLOEXEC, and O_NONBLOCK
      kernel.nonBlocking(file, false);
      assertThat(flags(file)).contains("02102002\n");
    }
  }

  private static String flags(Fd fd) throws IOException {
    return Files.readString(Path.of("/proc/self/fdinfo", fd.toString()));
  }

  @Test
  void writing_to_nobody_is_an_error_and_no_signal() {
    Fd[] pipe = kernel.pipe();
    pipe[0].close();
    try (Fd writing = pipe[1];
        NativeBuffer buffer = kernel.buffer(1)) {
      assertThatThrownBy(() -> kernel.write(writing, buffer, 1))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPIPE));
    }
  }

  @Test
  void no_call_goes_beyond_its_buffer() {
    Fd[] pipe = kernel.pipe();
    try (Fd reading = pipe[0];
        Fd writing = pipe[1];
        NativeBuffer buffer = kernel.buffer(10)) {
      assertThatThrownBy(() -> kernel.read(reading, buffer, 11))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernel.write(writing, buffer, -1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> buffer.get(new byte[20], 0, 11))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> buffer.put(new byte[10], 1, 10))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void a_sealed_memfd_is_read_from_its_start_and_is_executable_only_if_asked_for()
      throws IOException {
    byte[] content = new byte[200_000];
    content[199_999] = 7;
    try (Fd data = kernel.sealedMemfd("data", content, false);
        Fd program = kernel.sealedMemfd("program", content, true);
        NativeBuffer buffer = kernel.buffer(1 << 20)) {
      assertThat(kernel.read(data, buffer, buffer.size())).isEqualTo(200_000);
      assertThat(Files.readAllBytes(Path.of(data.path()))).isEqualTo(content);
      assertThatThrownBy(() -> Files.write(Path.of(data.path()), new byte[1]))
          .isInstanceOf(IOException.class);
      assertThat(Files.isExecutable(Path.of(program.path()))).isTrue();
      int anyExecute = 0111;
      assertThat((int) Files.getAttribute(Path.of(data.path()), "unix:mode") & anyExecute).isZero();
    }
  }

  @Test
  void a_file_is_read_from_any_place_and_as_it_is_now() throws IOException {
    Path path = Files.createTempFile("jcontainer", null);
    try (Fd file = kernel.open(path.toString(), 0);
        NativeBuffer buffer = kernel.buffer(8)) {
      Files.writeString(path, "abcdef");
      assertThat(kernel.readAt(file, buffer, 4, 0)).isEqualTo(4);
      assertThat(kernel.readAt(file, buffer, 8, 4)).isEqualTo(2);
      assertThat(kernel.readAt(file, buffer, 8, 6)).isZero();
      Files.writeString(path, "xyz");
      byte[] bytes = new byte[3];

      assertThat(kernel.readAt(file, buffer, 8, 0)).isEqualTo(3);

      buffer.get(bytes, 0, 3);
      assertThat(bytes).containsExactly('x', 'y', 'z');
    } finally {
      Files.delete(path);
    }
  }

  @Test
  void a_change_of_a_file_that_is_watched_is_told_until_it_is_watched_no_longer()
      throws IOException {
    Path path = Files.createTempFile("jcontainer", null);
    try (Fd inotify = kernel.inotify();
        NativeBuffer buffer = kernel.buffer(64)) {
      int watch = kernel.watchFile(inotify, path.toString());
      assertThat(kernel.watchFile(inotify, path.toString())).isEqualTo(watch);
      assertThat(kernel.read(inotify, buffer, 64)).isEqualTo(Kernel.WOULD_BLOCK);

      Files.writeString(path, "a", StandardOpenOption.APPEND);
      assertThat(kernel.read(inotify, buffer, 64)).isEqualTo(16);
      kernel.unwatchFile(inotify, watch);
      assertThat(kernel.read(inotify, buffer, 64)).as("that it is over").isEqualTo(16);
      Files.writeString(path, "b", StandardOpenOption.APPEND);

      assertThat(kernel.read(inotify, buffer, 64)).isEqualTo(Kernel.WOULD_BLOCK);
      kernel.unwatchFile(inotify, watch); // which is no failure
    } finally {
      Files.delete(path);
    }
  }

  @Test
  void a_descriptor_that_is_waited_for_no_longer_may_be_closed() {
    try (Fd epoll = kernel.epoll();
        Fd eventfd = kernel.eventfd()) {
      long[] numbers = new long[1];
      kernel.watch(epoll, eventfd, 7);
      kernel.raise(eventfd);
      assertThat(kernel.await(epoll, numbers, 0)).isEqualTo(1);
      assertThat(numbers).containsExactly(7);

      kernel.unwatch(epoll, eventfd);

      assertThat(kernel.await(epoll, numbers, 0)).isZero();
      assertThatThrownBy(() -> kernel.unwatch(epoll, eventfd))
          .isInstanceOf(SyscallException.class)
          .hasMessageContaining("EPOLL_CTL_DEL");
    }
  }

  @Test
  void an_exception_is_another_thing_than_something_to_read() {
    try (Fd epoll = kernel.epoll();
        Fd eventfd = kernel.eventfd()) {
      kernel.watchException(epoll, eventfd, 7);
      kernel.raise(eventfd);

      assertThat(kernel.await(epoll, new long[1], 0)).isZero();
    }
  }
}
