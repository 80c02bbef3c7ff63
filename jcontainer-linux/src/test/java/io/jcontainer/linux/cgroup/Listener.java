package io.jcontainer.linux.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** Wants all that there is, and waits for it. */
public final class Listener<T> implements Flow.Subscriber<T> {
  private static final int SECONDS = 50;

  private final BlockingQueue<T> items = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  private final CompletableFuture<Object> end = new CompletableFuture<>();

  @Override
  public void onSubscribe(Flow.Subscription s) {
    s.request(Long.MAX_VALUE);
    subscription.complete(s);
  }

  @Override
  public void onNext(T item) {
    items.add(item);
  }

  @Override
  public void onError(Throwable why) {
    end.completeExceptionally(why);
  }

  @Override
  public void onComplete() {
    end.complete("complete");
  }

  /** What comes next. */
  public T next() throws InterruptedException {
    T item = items.poll(SECONDS, TimeUnit.SECONDS);
    if (item == null) {
      throw new AssertionError("nothing more has come");
    }
    return item;
  }

  /** Waits for such an item, and forgets those before it. */
  public T await(Predicate<T> wanted) throws InterruptedException {
    T item = next();
    while (!wanted.test(item)) {
      item = next();
    }
    return item;
  }

  /** Waits until it is subscribed. */
  public Flow.Subscription awaitSubscription() {
    return get(subscription);
  }

  /** Waits for the end. */
  public void awaitComplete() {
    get(end);
  }

  /** Waits for a failure. */
  public Throwable awaitFailure() throws InterruptedException {
    try {
      end.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("it does not end", e);
    }
    throw new AssertionError("it has not failed");
  }

  /** What has come and was not asked for. */
  public List<T> rest() {
    List<T> rest = new ArrayList<>();
    items.drainTo(rest);
    return rest;
  }

  /** Whether it was told of an end. */
  public boolean isComplete() {
    return end.isDone();
  }

  /** Wants nothing more. */
  public void cancel() {
    awaitSubscription().cancel();
  }

  private static <R> R get(CompletableFuture<R> future) {
    try {
      return future.get(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("it does not come", e);
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
