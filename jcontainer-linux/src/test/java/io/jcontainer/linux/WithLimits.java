package io.jcontainer.linux;

import io.jcontainer.CgroupLimits;
import io.jcontainer.Container;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerSpec;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tests of what limits do: what they share beside the runtime whose containers have some. */
abstract class WithLimits extends WithCgroups {
  static final Duration LONG = Duration.ofSeconds(60);

  WithLimits() {
    // The first to ask for events makes what all the later ones use, too.
    try (Container container = waitingWithLimits();
        Events events = Events.of(container)) {
      container.stats();
    }
  }

  /**
   * What another JVM that is a child of this one needs, and which is therefore in the leaf that
   * this one was moved to: the cgroup above, where this one has its containers.
   */
  static RuntimeOptions besideThisJvm(RuntimeOptions options, String parent) {
    return parent.isEmpty() ? options : options.withCgroupParent(parent);
  }

  /** The cgroup above the leaf, or empty if there is none. */
  static String parent() {
    for (String line : lines(Path.of("/proc/self/cgroup"))) {
      if (line.startsWith("0::") && line.contains("/jcontainer-jvm-")) {
        return line.substring("0::".length(), line.lastIndexOf('/'));
      }
    }
    return "";
  }

  /** Runs a script of the host's shell with limits. */
  static ContainerSpec limited(String script, Consumer<CgroupLimits.Builder> limits) {
    return ContainerSpec.builder().command("sh", "-c", script).limits(limits).build();
  }

  static void await(BooleanSupplier condition) {
    if (!Poll.until(LONG, condition)) {
      throw new AssertionError("it has not come true within " + LONG);
    }
  }

  /** The directories of a container's cgroup, one in each hierarchy. */
  static List<Path> directories(Container container) {
    List<Path> found = new ArrayList<>();
    for (String line : lines(Path.of("/proc/" + container.pid() + "/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts[2].contains(container.id())) {
        found.add(directory(parts[1], Path.of(parts[2])));
      }
    }
    return found;
  }

  private static Path directory(String controllers, Path cgroup) {
    return ProcFs.mounts(ProcFs.ownPid()).stream()
        .filter(
            mount ->
                controllers.isEmpty()
                    ? mount.type().equals("cgroup2")
                    : mount.type().equals("cgroup")
                        && mount.superOptions().containsAll(List.of(controllers.split(","))))
        .map(mount -> Path.of(mount.mountPoint()).resolve(Path.of(mount.root()).relativize(cgroup)))
        .findFirst()
        .orElseThrow();
  }

  /** The first of these files that is in one of a container's directories. */
  static Path file(Container container, String... names) {
    for (Path directory : directories(container)) {
      for (String name : names) {
        if (Files.exists(directory.resolve(name))) {
          return directory.resolve(name);
        }
      }
    }
    throw new AssertionError(List.of(names) + " in " + directories(container));
  }

  /** Waits for the next event of a kind. */
  static final class Events implements Flow.Subscriber<ContainerEvent>, AutoCloseable {
    private final BlockingQueue<ContainerEvent> queue = new LinkedBlockingQueue<>();
    private final CountDownLatch subscribed = new CountDownLatch(1);
    private volatile Flow.@Nullable Subscription subscription;

    static Events of(Container container) {
      Events events = new Events();
      container.events().subscribe(events);
      try {
        events.subscribed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
      return events;
    }

    ContainerEvent await(ContainerEvent.Kind kind) throws InterruptedException {
      List<ContainerEvent> others = new ArrayList<>();
      ContainerEvent event = queue.poll(LONG.toSeconds(), TimeUnit.SECONDS);
      while (event != null && event.kind() != kind) {
        others.add(event);
        event = queue.poll(LONG.toSeconds(), TimeUnit.SECONDS);
      }
      if (event == null) {
        throw new AssertionError("no " + kind + ", but " + others);
      }
      return event;
    }

    @Override
    public void onSubscribe(Flow.Subscription to) {
      subscription = to;
      to.request(Long.MAX_VALUE);
      subscribed.countDown();
    }

    @Override
    public void onNext(ContainerEvent event) {
      queue.add(event);
    }

    @Override
    public void onError(Throwable failure) {
      throw new AssertionError(failure);
    }

    @Override
    public void onComplete() {}

    @Override
    public void close() {
      Objects.requireNonNull(subscription).cancel();
    }
  }
}
