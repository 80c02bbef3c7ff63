package io.jcontainer.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ExitStatus;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.linux.cgroup.EventLoop;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatcherTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration AT_ONCE = Duration.ofNanos(1);

  private final FakeKernel kernel = new FakeKernel();
  private final Watcher watcher = Watcher.start(kernel);

  @AfterEach
  void close() {
    watcher.close();
  }

  @Test
  void one_that_is_closed_before_its_thread_has_begun_is_closed_all_the_same() {
    for (int i = 0; i < 2000; i++) {
      Watcher.start(kernel).close();
    }
  }

  @Test
  void the_end_of_a_child_is_taken_once_and_told() {
    int pid = kernel.newChild();
    Child child = watcher.watch(pid);

    kernel.exit(pid, 3);

    assertThat(child.exit()).succeedsWithin(SOON).isEqualTo(ExitStatus.exited(3));
    assertThat(kernel.calls()).containsExactly("reap " + pid);
    assertThat(kernel.openDescriptors()).doesNotContainValue("pidfd of " + pid);
  }

  @Test
  void a_signal_that_ended_a_child_is_told() {
    int pid = kernel.newChild();
    Child child = watcher.watch(pid);

    kernel.killed(pid, 15);

    assertThat(child.exit()).succeedsWithin(SOON).isEqualTo(ExitStatus.signaled(15));
  }

  @Test
  void a_child_that_ended_before_it_was_watched_is_taken_too() {
    int pid = kernel.newChild();
    kernel.exit(pid, 0);

    assertThat(watcher.watch(pid).exit()).succeedsWithin(SOON).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void each_child_is_taken_as_its_end_comes_whatever_the_others_do() {
    int first = kernel.newChild();
    int second = kernel.newChild();
    Child runs = watcher.watch(first);
    Child ends = watcher.watch(second);

    kernel.exit(second, 2);

    assertThat(ends.exit()).succeedsWithin(SOON).isEqualTo(ExitStatus.exited(2));
    assertThat(runs.exit()).isNotDone();
  }

  /** More than one epoll_wait(2) tells of. */
  @Test
  void of_many_children_that_end_at_once_each_is_taken_once() {
    List<Integer> pids = IntStream.range(0, 200).mapToObj(i -> kernel.newChild()).toList();
    List<Child> children = pids.stream().map(watcher::watch).toList();

    pids.forEach(pid -> kernel.exit(pid, pid % 256));

    for (Child child : children) {
      assertThat(child.exit()).succeedsWithin(SOON).isEqualTo(ExitStatus.exited(child.pid() % 256));
    }
    assertThat(kernel.calls())
        .containsExactlyInAnyOrderElementsOf(pids.stream().map(pid -> "reap " + pid).toList());
  }

  @Test
  void a_child_whose_time_is_over_is_killed_and_says_so() {
    int pid = kernel.newChild();
    Child child = watcher.watch(pid);

    watcher.killAfter(child, AT_ONCE);

    assertThat(child.exit()).succeedsWithin(SOON).isEqualTo(new ExitStatus(0, 9, true));
    assertThat(kernel.calls()).containsExactly("signal " + pid + " 9", "reap " + pid);
  }

  @Test
  void a_child_whose_kin_takes_long_to_be_killed_does_not_keep_others_alive() {
    int slow = kernel.newChild();
    Child bomb = watcher.watch(slow, Child.Kin.DESCENDANTS, null);
    Child other = watcher.watch(kernel.newChild());

    synchronized (bomb) { // as whoever kills holds it
      watcher.killAfter(bomb, AT_ONCE);
      watcher.killAfter(other, AT_ONCE);

      assertThat(other.exit()).succeedsWithin(SOON).isEqualTo(new ExitStatus(0, 9, true));
      kernel.exit(slow, 0);
      bomb.reap(); // so that its time comes too late
    }
  }

  @Test
  void a_child_that_somebody_else_killed_has_not_timed_out() {
    int pid = kernel.newChild();
    Child child = watcher.watch(pid);
    watcher.killAfter(child, Duration.ofHours(1));

    child.kill();

    assertThat(child.exit()).succeedsWithin(SOON).isEqualTo(ExitStatus.signaled(9));
  }

  @Test
  void a_later_and_nearer_deadline_does_not_wait_for_an_earlier_and_farther_one() {
    Child hour = watcher.watch(kernel.newChild());
    Child now = watcher.watch(kernel.newChild());

    watcher.killAfter(hour, Duration.ofHours(1));
    watcher.killAfter(now, AT_ONCE);

    assertThat(now.exit()).succeedsWithin(SOON);
    assertThat(hour.exit()).isNotDone();
  }

  @Test
  void the_thread_sleeps_until_the_nearest_deadline() {
    assertThat(kernel.nextTimeout()).as("there is none").isEqualTo(-1);
    Child hour = watcher.watch(kernel.newChild());
    watcher.killAfter(hour, Duration.ofHours(1));
    assertThat(kernel.nextTimeout()).isBetween(3_500_000, 3_600_000);

    int pid = kernel.newChild();
    Child minute = watcher.watch(pid);
    watcher.killAfter(minute, Duration.ofMinutes(1));
    assertThat(kernel.nextTimeout()).isBetween(1, 60_000);

    kernel.exit(pid, 0);
    assertThat(kernel.nextTimeout()).as("what has ended is forgotten").isGreaterThan(60_000);
  }

  @Test
  void a_deadline_in_more_than_292_years_is_none() {
    assertThat(kernel.nextTimeout()).isEqualTo(-1);
    Child child = watcher.watch(kernel.newChild());

    watcher.killAfter(child, Duration.ofSeconds(Long.MAX_VALUE));
    watcher.killAfter(watcher.watch(kernel.newChild()), Duration.ofMinutes(1));

    assertThat(kernel.nextTimeout()).isBetween(1, 60_000);
  }

  /** System.nanoTime() plus this is negative. */
  @Test
  void the_longest_deadline_that_nanoseconds_can_count_does_not_hide_nearer_ones() {
    assertThat(kernel.nextTimeout()).isEqualTo(-1);
    watcher.killAfter(watcher.watch(kernel.newChild()), Duration.ofNanos(Long.MAX_VALUE));
    assertThat(kernel.nextTimeout()).as("or it would spin").isGreaterThan(60_000);

    watcher.killAfter(watcher.watch(kernel.newChild()), Duration.ofMinutes(1));

    assertThat(kernel.nextTimeout()).isBetween(1, 60_000);
  }

  @Test
  void a_child_that_cannot_be_watched_leaves_no_descriptor() {
    int pid = kernel.newChild();
    int open = kernel.openDescriptors().size();

    kernel.failNext("pidfd_open", Errno.EMFILE);
    assertThatThrownBy(() -> watcher.watch(pid)).isInstanceOf(SyscallException.class);
    kernel.failNext("epoll_ctl", Errno.ENOSPC);
    assertThatThrownBy(() -> watcher.watch(pid)).isInstanceOf(SyscallException.class);

    assertThat(kernel.openDescriptors()).hasSize(open);
    Child child = watcher.watch(pid);
    kernel.exit(pid, 0);
    assertThat(child.exit()).succeedsWithin(SOON);
  }

  @Test
  void a_child_that_somebody_else_has_waited_for_fails_and_the_others_go_on() {
    int lost = kernel.newChild();
    int other = kernel.newChild();
    Child child = watcher.watch(lost);
    Child next = watcher.watch(other);

    kernel.failNext("waitid", Errno.ECHILD);
    kernel.exit(lost, 0);

    assertThat(child.exit())
        .failsWithin(SOON)
        .withThrowableThat()
        .withCauseInstanceOf(SyscallException.class);
    kernel.exit(other, 0);
    assertThat(next.exit()).succeedsWithin(SOON);
  }

  @Test
  void a_child_that_somebody_else_has_waited_for_leaves_no_descriptor() {
    int pid = kernel.newChild();
    Child child = watcher.watch(pid);

    kernel.failNext("waitid", Errno.ECHILD);
    kernel.exit(pid, 0);

    assertThat(child.exit()).failsWithin(SOON);
    child.kill();
    assertThat(kernel.openDescriptors()).doesNotContainValue("pidfd of " + pid);
  }

  @Test
  void a_child_that_cannot_be_killed_in_time_does_not_end_the_watch_over_others() {
    assertThat(kernel.nextTimeout()).isEqualTo(-1);
    Child child = watcher.watch(kernel.newChild());
    int pid = kernel.newChild();
    Child other = watcher.watch(pid);

    kernel.failNext("pidfd_send_signal", Errno.EPERM);
    watcher.killAfter(child, AT_ONCE);

    assertThat(kernel.nextTimeout()).as("it waits again").isEqualTo(-1);
    kernel.exit(pid, 0);
    assertThat(other.exit()).succeedsWithin(SOON);
  }

  @Test
  void nothing_is_sent_to_a_child_after_its_end() {
    int pid = kernel.newChild();
    Child child = watcher.watch(pid);
    kernel.exit(pid, 0);
    assertThat(child.exit()).succeedsWithin(SOON);

    child.kill();
    child.timeOut();

    assertThat(kernel.calls()).containsExactly("reap " + pid);
    assertThat(child.exit()).isCompletedWithValue(ExitStatus.exited(0));
  }

  @Test
  void what_can_be_read_is_told_until_it_is_watched_no_longer() throws InterruptedException {
    Fd eventfd = kernel.eventfd();
    Semaphore told = new Semaphore(0);
    EventLoop.Watch watch =
        watcher.watch(
            eventfd,
            false,
            () -> {
              kernel.clear(eventfd);
              told.release();
            });

    kernel.raise(eventfd);
    told.acquire();
    kernel.raise(eventfd);
    told.acquire();
    watch.end();
    watch.end();
    kernel.raise(eventfd);
    Child child = watcher.watch(kernel.newChild());
    watcher.killAfter(child, AT_ONCE);

    assertThat(child.exit()).succeedsWithin(SOON);
    assertThat(told.availablePermits()).isZero();
    eventfd.close();
  }

  @Test
  void what_fails_when_it_is_told_does_not_end_the_watch_over_others() {
    Fd eventfd = kernel.eventfd();
    watcher.watch(
        eventfd,
        false,
        () -> {
          kernel.clear(eventfd);
          throw new IllegalStateException("of this test");
        });
    watcher.after(
        AT_ONCE,
        this,
        () -> {
          throw new IllegalStateException("of this test");
        });
    kernel.raise(eventfd);

    Child child = watcher.watch(kernel.newChild());
    watcher.killAfter(child, AT_ONCE);

    assertThat(child.exit()).succeedsWithin(SOON);
    eventfd.close();
  }

  @Test
  void nothing_can_be_watched_by_a_watcher_that_is_closed() {
    Fd eventfd = kernel.eventfd();
    EventLoop.Watch watch = watcher.watch(eventfd, false, () -> {});
    watcher.close();

    assertThatThrownBy(() -> watcher.watch(eventfd, false, () -> {}))
        .isInstanceOf(ContainerGoneException.class);
    watch.end();
    eventfd.close();
  }

  @Test
  void closing_ends_the_thread_and_leaves_no_descriptor() {
    FakeKernel other = new FakeKernel();
    Watcher closed = Watcher.start(other);
    long threads = threads();

    closed.close();

    assertThat(threads()).isEqualTo(threads - 1);
    assertThat(other.openDescriptors()).isEmpty();
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("jcontainer-watcher"))
        .count();
  }

  /** As a container's future does whose callback closes the runtime. */
  @Test
  void a_watcher_that_its_own_thread_closes_ends_and_leaves_no_descriptor() {
    FakeKernel other = new FakeKernel();
    Watcher closed = Watcher.start(other);
    int pid = other.newChild();
    CompletableFuture<Void> callback = closed.watch(pid).exit().thenRun(closed::close);

    other.exit(pid, 0);

    assertThat(callback).succeedsWithin(SOON);
    assertThat(Poll.until(SOON, () -> other.openDescriptors().isEmpty())).isTrue();
  }

  @Test
  void a_watcher_that_cannot_start_leaves_no_descriptor() {
    FakeKernel poor = new FakeKernel();

    poor.failNext("eventfd", Errno.EMFILE);
    assertThatThrownBy(() -> Watcher.start(poor)).isInstanceOf(SyscallException.class);
    poor.failNext("epoll_ctl", Errno.ENOSPC);
    assertThatThrownBy(() -> Watcher.start(poor)).isInstanceOf(SyscallException.class);

    assertThat(poor.openDescriptors()).isEmpty();
  }
}
