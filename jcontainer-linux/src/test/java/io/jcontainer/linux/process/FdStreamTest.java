package io.jcontainer.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FdStreamTest {
  private final FakeKernel kernel = new FakeKernel();
  private final Fd[] pipe = kernel.pipe();
  private final FdStream in = new FdStream(kernel, pipe[0]);
  private final FdStream out = new FdStream(kernel, pipe[1]);

  private static <T> FutureTask<T> inAThread(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    new Thread(task).start();
    return task;
  }

  private static <T> void assertFails(FutureTask<T> task) {
    assertThatThrownBy(() -> task.get(20, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IOException.class)
        .hasMessageContaining("closed");
  }

  private void write(int count) throws IOException {
    out.write(new byte[count], 0, count);
  }

  @Test
  void what_is_written_can_be_read_as_it_comes() throws Exception {
    byte[] target = {9, 9, 9, 9};
    FutureTask<Integer> reading = inAThread(() -> in.read(target, 1, 2));
    kernel.awaitPolling(1);
    out.write(new byte[] {1, 2, 3, 4}, 1, 3);

    assertThat(reading.get()).isEqualTo(2);
    assertThat(target).containsExactly(9, 2, 3, 9);
    assertThat(in.available()).isOne();
    assertThat(in.read(target, 0, 4)).isOne();
  }

  @Test
  void nothing_is_read_into_no_room() throws Exception {
    assertThat(in.read(new byte[0], 0, 0)).isZero();
    assertThatThrownBy(() -> in.read(new byte[2], 1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> out.write(new byte[2], -1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void a_write_that_does_not_fit_waits_and_loses_nothing() throws Exception {
    byte[] sent = new byte[300_000];
    for (int i = 0; i < sent.length; i++) {
      sent[i] = (byte) (i / 7);
    }
    FutureTask<Integer> writing =
        inAThread(
            () -> {
              out.write(sent, 0, sent.length);
              out.close();
              return 0;
            });
    byte[] received = new FdInputStream(in, this).readAllBytes();
    writing.get();

    assertThat(Arrays.equals(received, sent)).isTrue();
  }

  @Test
  void closing_ends_a_read_that_waits() throws Exception {
    FutureTask<Integer> reading = inAThread(() -> in.read(new byte[1], 0, 1));
    kernel.awaitPolling(1);
    in.close();

    assertFails(reading);
    assertThatThrownBy(() -> in.read(new byte[1], 0, 1)).isInstanceOf(IOException.class);
    assertThatThrownBy(in::available).isInstanceOf(IOException.class);
  }

  @Test
  void closing_ends_a_write_that_waits() throws Exception {
    FutureTask<Object> writing =
        inAThread(
            () -> {
              write(100_000);
              return "";
            });
    kernel.awaitPolling(1);
    out.close();

    assertFails(writing);
    assertThatThrownBy(() -> write(1)).isInstanceOf(IOException.class);
  }

  @Test
  void closing_leaves_no_descriptor_and_no_memory() throws Exception {
    FutureTask<Integer> reading = inAThread(() -> in.read(new byte[1], 0, 1));
    kernel.awaitPolling(1);
    assertThat(kernel.openDescriptors()).containsValue("eventfd");
    in.close();
    in.close();
    out.close();
    assertFails(reading);

    assertThat(kernel.openDescriptors()).isEmpty();
    assertThat(kernel.buffers()).isZero();
  }

  @Test
  void a_stream_that_nobody_uses_has_its_descriptor_only() throws Exception {
    assertThat(kernel.openDescriptors()).hasSize(2);
    assertThat(kernel.buffers()).isZero();
    write(1);
    assertThat(in.read(new byte[9], 0, 9)).isOne();
    assertThat(kernel.openDescriptors()).hasSize(2); // nobody has waited
  }

  @Test
  void a_stream_that_was_read_to_its_end_needs_no_memory() throws Exception {
    write(1);
    out.close();
    assertThat(in.read(new byte[9], 0, 9)).isOne();
    assertThat(kernel.buffers()).isEqualTo(1);

    assertThat(in.read(new byte[9], 0, 9)).isEqualTo(-1);
    assertThat(in.read(new byte[9], 0, 9)).isEqualTo(-1);
    assertThat(kernel.buffers()).isZero();
  }

  @Test
  void a_terminal_that_nobody_has_open_is_at_its_end() throws Exception {
    kernel.failNext("read", Errno.EIO);

    assertThat(in.read(new byte[1], 0, 1)).isEqualTo(-1);
  }

  @Test
  void a_failure_names_the_call() {
    kernel.failNext("read", Errno.EBADF);
    assertThatThrownBy(() -> in.read(new byte[1], 0, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("read()")
        .hasMessageContaining("EBADF");

    in.close();
    assertThatThrownBy(() -> write(1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("EPIPE");
  }

  @Test
  void no_eventfd_is_a_failure_of_the_read_that_would_wait() {
    kernel.failNext("eventfd", Errno.EMFILE);

    assertThatThrownBy(() -> in.read(new byte[1], 0, 1)).hasMessageContaining("EMFILE");
  }

  @Test
  void a_finished_stream_ends_behind_what_lay_in_the_pipe() throws Exception {
    write(10);
    in.finish();
    write(10);

    assertThat(in.read(new byte[7], 0, 7)).isEqualTo(7);
    assertThat(in.read(new byte[3], 0, 3)).isEqualTo(3);
    assertThat(in.read(new byte[7], 0, 7)).isEqualTo(-1);
  }

  @Test
  void finishing_ends_a_read_that_waits() throws Exception {
    FutureTask<Integer> reading = inAThread(() -> in.read(new byte[1], 0, 1));
    kernel.awaitPolling(1);
    in.finish();

    assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo(-1);
  }
}
