package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.LaunchTimeoutException;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.sys.FakeKernel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LauncherThreadsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Watcher watcher = Watcher.start(new FakeKernel());
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final CountDownLatch busy = new CountDownLatch(1);
  private final List<String> done = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> unwanted = new LinkedBlockingQueue<>();
  private LauncherThreads threads = one(null);
  private CompletableFuture<String> first = new CompletableFuture<>();

  @AfterEach
  void close() {
    goOn.countDown();
    threads.close();
    watcher.close();
  }

  private LauncherThreads one(@Nullable Duration longestWait) {
    return new LauncherThreads(1, longestWait, watcher, () -> {});
  }

  private String launch(String name) {
    done.add(name);
    return name;
  }

  private CompletableFuture<String> submit(String name) {
    return threads.submit(() -> launch(name), unwanted::add);
  }

  @Test
  void what_fails_behind_a_launch_is_not_its_callers_and_ends_no_thread() throws Exception {
    threads.close();
    threads =
        new LauncherThreads(
            1,
            null,
            watcher,
            () -> {
              throw new IllegalStateException("made to fail");
            });
    Thread launcher = threads.call(Thread::currentThread);
    assertThat(submit("second").get(20, TimeUnit.SECONDS)).isEqualTo("second");
    assertThat(threads.call(Thread::currentThread)).isSameAs(launcher);
    assertThat(launcher.isAlive()).isTrue();
    assertThat(unwanted).isEmpty();
  }

  /** Holds the only thread until it may go on. */
  private void occupy() throws InterruptedException {
    first =
        threads.submit(
            () -> {
              busy.countDown();
              goOn.await();
              return launch("first");
            },
            unwanted::add);
    busy.await();
  }

  @Test
  void those_that_wait_begin_in_the_order_in_which_they_came() throws Exception {
    occupy();
    List<String> names = new ArrayList<>(List.of("first"));
    List<CompletableFuture<String>> waiting = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      names.add("number " + i);
      waiting.add(submit("number " + i));
    }
    assertThat(done).isEmpty();
    goOn.countDown();
    for (CompletableFuture<String> each : waiting) {
      each.get(20, TimeUnit.SECONDS);
    }
    assertThat(done).isEqualTo(names);
  }

  @Test
  void what_comes_after_each_task_is_not_waited_for_by_its_caller() throws Exception {
    threads.close();
    BlockingQueue<String> after = new LinkedBlockingQueue<>();
    threads =
        new LauncherThreads(
            1,
            null,
            watcher,
            () -> {
              busy.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              after.add("after");
            });
    assertThat(threads.call(() -> launch("first"))).isEqualTo("first");
    busy.await();
    assertThat(after).isEmpty();

    goOn.countDown();
    assertThat(after.poll(20, TimeUnit.SECONDS)).isEqualTo("after");
    assertThatThrownBy(
            () ->
                threads.call(
                    () -> {
                      throw new ContainerException("it fails");
                    }))
        .hasMessage("it fails");
    assertThat(after).isEmpty();
  }

  @Test
  void as_many_as_are_allowed_are_under_way_at_once_and_no_more() throws Exception {
    threads.close();
    threads = new LauncherThreads(3, null, watcher, () -> {});
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch three = new CountDownLatch(3);
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      all.add(
          threads.submit(
              () -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                three.countDown();
                three.await();
                now.decrementAndGet();
                return "";
              },
              unwanted::add));
    }
    for (CompletableFuture<String> each : all) {
      each.get(20, TimeUnit.SECONDS);
    }
    assertThat(most).hasValue(3);
  }

  @Test
  void an_interrupt_ends_waiting_at_once_and_nothing_is_made() throws Exception {
    occupy();
    FutureTask<Boolean> caller =
        new FutureTask<>(
            () -> {
              assertThatThrownBy(() -> threads.call(() -> launch("never")))
                  .isInstanceOf(ContainerInterruptedException.class)
                  .hasMessageContaining("nothing was made");
              return Thread.currentThread().isInterrupted();
            });
    Thread thread = new Thread(caller);
    thread.start();
    thread.interrupt();

    assertThat(caller.get(20, TimeUnit.SECONDS)).isTrue();
    goOn.countDown();
    assertThat(submit("next")).succeedsWithin(SOON);
    assertThat(done).containsExactly("first", "next");
  }

  @Test
  void an_interrupt_of_one_that_is_under_way_waits_for_it() throws Exception {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              threads.call(
                  () -> {
                    busy.countDown();
                    goOn.await();
                    return launch("first");
                  });
              interrupted.complete(Thread.currentThread().isInterrupted());
            });
    thread.start();
    busy.await();
    thread.interrupt();
    // It has noticed, and waits again.
    assertThat(Poll.until(SOON, () -> thread.getState() == Thread.State.WAITING)).isTrue();
    assertThat(interrupted).isNotDone();
    goOn.countDown();

    assertThat(interrupted).succeedsWithin(SOON).isEqualTo(true);
    assertThat(done).containsExactly("first");
  }

  /** Every way in which somebody else can complete a future. */
  private static List<Consumer<CompletableFuture<String>>> waysToGiveUp() {
    return List.of(
        future -> future.cancel(true),
        future -> future.cancel(false),
        future -> future.complete("other"),
        future -> future.completeExceptionally(new TimeoutException()));
  }

  @Test
  void one_that_waits_and_is_given_up_never_begins() throws Exception {
    occupy();
    for (Consumer<CompletableFuture<String>> way : waysToGiveUp()) {
      way.accept(submit("never"));
    }
    CompletableFuture<String> tooLate = submit("never").orTimeout(1, TimeUnit.MILLISECONDS);
    assertThat(tooLate).failsWithin(SOON);
    goOn.countDown();
    assertThat(submit("next")).succeedsWithin(SOON);

    assertThat(done).containsExactly("first", "next");
    assertThat(unwanted).isEmpty();
  }

  @Test
  void of_one_that_is_under_way_and_is_given_up_the_result_is_taken_care_of() throws Exception {
    for (Consumer<CompletableFuture<String>> way : waysToGiveUp()) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch givenUp = new CountDownLatch(1);
      CompletableFuture<String> future =
          threads.submit(
              () -> {
                begun.countDown();
                givenUp.await();
                return "result";
              },
              unwanted::add);
      begun.await();
      way.accept(future);
      givenUp.countDown();

      assertThat(unwanted.poll(20, TimeUnit.SECONDS)).isEqualTo("result");
    }
  }

  @Test
  void however_a_start_and_its_cancellation_meet_nobody_has_a_result_that_he_does_not_know()
      throws Exception {
    for (int i = 0; i < 5000; i++) {
      String name = "number " + i;
      CompletableFuture<String> future = submit(name);
      if (i % 3 == 0) {
        Thread.onSpinWait();
      }
      boolean cancelled = future.cancel(true);
      submit("barrier").get(20, TimeUnit.SECONDS);
      if (cancelled && done.contains(name)) {
        assertThat(unwanted.poll(20, TimeUnit.SECONDS)).isEqualTo(name);
      }
      assertThat(unwanted).isEmpty();
      done.clear();
    }
  }

  @Test
  void one_that_has_waited_as_long_as_it_may_says_how_it_stands() throws Exception {
    threads.close();
    threads = one(Duration.ofSeconds(2));
    occupy();
    CompletableFuture<String> late = submit("never");
    assertThat(late)
        .failsWithin(SOON)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(LaunchTimeoutException.class)
        .withMessageContaining("waited PT2S for a turn to launch: 1 launches are under way, 0");
    assertThatThrownBy(() -> threads.call(() -> launch("never")))
        .isInstanceOfSatisfying(
            LaunchTimeoutException.class,
            e -> {
              assertThat(e.underWay()).isEqualTo(1);
              assertThat(e.waiting()).isZero();
            });
    goOn.countDown();
    assertThat(submit("next")).succeedsWithin(SOON);

    assertThat(done).containsExactly("first", "next");
  }

  @Test
  void one_whose_turn_comes_in_time_is_not_stopped_later() throws Exception {
    threads.close();
    threads = one(Duration.ofSeconds(2));
    occupy();
    // A deadline that was set after its own has passed: so has its own.
    CountDownLatch later = new CountDownLatch(1);
    watcher.after(Duration.ofMillis(2010), later, later::countDown);
    later.await();
    assertThat(first).isNotDone();
    goOn.countDown();

    assertThat(first).succeedsWithin(SOON).isEqualTo("first");
  }

  @Test
  void draining_fails_those_that_wait_and_waits_for_those_that_are_under_way() throws Exception {
    occupy();
    CompletableFuture<String> waits = submit("never");
    FutureTask<Boolean> draining = new FutureTask<>(threads::drain);
    new Thread(draining).start();

    assertThat(waits)
        .failsWithin(SOON)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(ContainerGoneException.class);
    assertThat(draining.isDone()).isFalse();
    assertThat(submit("never")).failsWithin(SOON);
    goOn.countDown();
    assertThat(draining.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(threads.drain()).isFalse();
    assertThat(first).succeedsWithin(SOON);
    assertThat(done).containsExactly("first");
    assertThatThrownBy(() -> threads.call(() -> launch("never")))
        .isInstanceOf(ContainerGoneException.class);
  }

  @Test
  void what_a_task_throws_comes_to_its_caller_and_the_thread_goes_on() {
    ContainerException failure = new ContainerException("made to fail");
    StackOverflowError error = new StackOverflowError("made to fail");
    for (Throwable each : List.of(failure, error)) {
      assertThat(threads.submit(() -> fail(each), unwanted::add))
          .failsWithin(SOON)
          .withThrowableThat()
          .havingCause()
          .isSameAs(each);
      assertThatThrownBy(() -> threads.call(() -> fail(each))).isSameAs(each);
    }
    assertThat(submit("next")).succeedsWithin(SOON);
  }

  private static String fail(Throwable failure) throws Exception {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (Exception) failure;
  }

  @Test
  void what_depends_on_a_start_blocks_no_thread_that_launches() {
    CompletableFuture<Void> blocked =
        submit("first")
            .thenAccept(
                value -> {
                  assertThat(Thread.currentThread().getName()).doesNotContain("jcontainer");
                  assertThat(submit("second")).succeedsWithin(SOON);
                });

    assertThat(blocked).succeedsWithin(SOON);
  }
}
