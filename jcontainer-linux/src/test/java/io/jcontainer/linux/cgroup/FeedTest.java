package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FeedTest {
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final AtomicInteger over = new AtomicInteger();
  private final Told told = new Told();
  private final Feed<String> feed =
      new Feed<>(told, tasks::add, new Feed.Newest<>(), each -> over.incrementAndGet());

  /** Writes down what it is told. */
  private static final class Told implements Flow.Subscriber<String> {
    private final List<String> signals = new ArrayList<>();
    private Flow.@Nullable Subscription subscription;
    private long firstDemand;
    private @Nullable RuntimeException atNext;

    @Override
    public void onSubscribe(Flow.Subscription s) {
      subscription = s;
      signals.add("subscribed");
      if (firstDemand != 0) {
        s.request(firstDemand);
      }
    }

    @Override
    public void onNext(String item) {
      signals.add(item);
      if (atNext != null) {
        throw atNext;
      }
    }

    @Override
    public void onError(Throwable why) {
      signals.add("failed: " + why.getMessage());
    }

    @Override
    public void onComplete() {
      signals.add("complete");
    }

    Flow.Subscription subscription() {
      if (subscription == null) {
        throw new AssertionError("was not subscribed");
      }
      return subscription;
    }
  }

  private void work() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  @Test
  void a_subscriber_is_told_of_its_subscription_first() {
    told.firstDemand = 5;
    feed.add("a");
    feed.open();
    work();

    assertThat(told.signals).containsExactly("subscribed", "a");
  }

  @Test
  void a_thread_of_the_executor_delivers_by_itself_unless_another_does() {
    told.firstDemand = 5;
    feed.addHere("a");
    assertThat(told.signals).containsExactly("subscribed", "a");
    assertThat(tasks).isEmpty();

    feed.add("b");
    feed.addHere("c");
    assertThat(told.signals).as("there is a task for it").containsExactly("subscribed", "a");
    work();

    assertThat(told.signals).containsExactly("subscribed", "a", "c");
  }

  @Test
  void nothing_comes_that_was_not_asked_for() {
    feed.open();
    feed.add("a");
    work();
    assertThat(told.signals).containsExactly("subscribed");

    told.subscription().request(1);
    work();
    assertThat(told.signals).containsExactly("subscribed", "a");

    feed.add("b");
    work();
    assertThat(told.signals).containsExactly("subscribed", "a");
  }

  @Test
  void who_is_slow_gets_the_newest() {
    feed.open();
    work();
    feed.add("a");
    feed.add("b");
    feed.add("c");

    told.subscription().request(3);
    work();

    assertThat(told.signals).containsExactly("subscribed", "c");
  }

  @Test
  void what_came_before_the_end_is_told_before_it() {
    feed.open();
    work();
    feed.add("a");
    feed.complete();
    work();
    assertThat(told.signals).containsExactly("subscribed");

    told.subscription().request(1);
    work();

    assertThat(told.signals).containsExactly("subscribed", "a", "complete");
    assertThat(over).hasValue(1);
  }

  @Test
  void the_end_needs_no_demand() {
    feed.open();
    feed.complete();
    work();

    assertThat(told.signals).containsExactly("subscribed", "complete");
  }

  @Test
  void after_the_end_nothing_comes() {
    told.firstDemand = Long.MAX_VALUE;
    feed.open();
    feed.complete();
    work();
    feed.add("a");
    feed.complete();
    feed.fail(new IllegalStateException());
    told.subscription().request(1);
    told.subscription().cancel();
    work();

    assertThat(told.signals).containsExactly("subscribed", "complete");
    assertThat(over).hasValue(1);
  }

  @Test
  void a_failure_is_told() {
    feed.open();
    feed.fail(new IllegalStateException("why"));
    work();

    assertThat(told.signals).containsExactly("subscribed", "failed: why");
    assertThat(over).hasValue(1);
  }

  @Test
  void who_cancels_gets_nothing_more_and_what_feeds_it_is_stopped_once() {
    told.firstDemand = 10;
    feed.open();
    work();
    feed.add("a");
    told.subscription().cancel();
    told.subscription().cancel();
    work();
    feed.add("b");
    work();

    assertThat(told.signals).containsExactly("subscribed");
    assertThat(over).hasValue(1);
    assertThat(feed.isOver()).isTrue();
  }

  @Test
  void to_ask_for_nothing_is_a_failure() {
    feed.open();
    work();
    told.subscription().request(0);
    work();

    assertThat(told.signals)
        .containsExactly("subscribed", "failed: a subscriber asked for 0 items");
  }

  @Test
  void more_may_be_asked_for_than_a_long_counts() {
    told.firstDemand = Long.MAX_VALUE;
    feed.open();
    work();
    told.subscription().request(Long.MAX_VALUE);
    for (String item : List.of("a", "b")) {
      feed.add(item);
      work();
    }

    assertThat(told.signals).containsExactly("subscribed", "a", "b");
  }

  @Test
  void a_subscriber_that_fails_is_told_nothing_more() {
    told.firstDemand = 10;
    told.atNext = new IllegalStateException("a bug");
    feed.open();
    feed.add("a");
    work();
    feed.add("b");
    work();

    assertThat(told.signals).containsExactly("subscribed", "a");
    assertThat(over).hasValue(1);
  }

  /** Flow.Subscriber: its methods are called one after the other. */
  @Test
  void two_threads_never_call_a_subscriber_at_the_same_time() throws InterruptedException {
    ExecutorService executor = Executors.newFixedThreadPool(4);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger items = new AtomicInteger();
    Flow.Subscriber<Integer> subscriber =
        new Flow.Subscriber<>() {
          @Override
          public void onSubscribe(Flow.Subscription s) {
            s.request(Long.MAX_VALUE);
          }

          @Override
          public void onNext(Integer item) {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            items.incrementAndGet();
            inside.decrementAndGet();
          }

          @Override
          public void onError(Throwable why) {}

          @Override
          public void onComplete() {}
        };
    Feed<Integer> concurrent = new Feed<>(subscriber, executor, new Feed.Newest<>(), each -> {});
    concurrent.open();

    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          new Thread(
              () -> {
                for (int n = 0; n < 5000; n++) {
                  concurrent.add(n);
                }
              });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    executor.shutdown();
    assertThat(executor.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

    assertThat(most).hasValue(1);
    assertThat(items.get()).isPositive();
  }
}
