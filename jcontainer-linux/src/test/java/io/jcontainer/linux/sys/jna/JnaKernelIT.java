package io.jcontainer.linux.sys.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.linux.sys.Fd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where the kernel does less than was asked of it. */
@LeakChecked
@Timeout(60)
class JnaKernelIT {
  private static final long TGKILL = "amd64".equals(System.getProperty("os.arch")) ? 234 : 131;
  private static final long GETTID = "amd64".equals(System.getProperty("os.arch")) ? 186 : 178;
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
}
