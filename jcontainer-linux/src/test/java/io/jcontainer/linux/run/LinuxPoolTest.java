package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.PoolOptions;
import io.jcontainer.PoolStatus;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.linux.launch.Launch;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.NoCgroups;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.FakeKernel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many a pool has, by processes that are parked without a kernel. */
@Timeout(60)
class LinuxPoolTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final ContainerSpec SPEC = ContainerSpec.of("true");
  private static final LaunchRequest REQUEST = ContainerPlansTest.request(SPEC);
  private static final PoolOptions ONE = PoolOptions.defaults().withMinimum(1).withMaximum(1);

  private final FakeKernel kernel = new FakeKernel();
  private final Watcher watcher = Watcher.start(kernel);
  private final Launcher launcher =
      new Launcher(
          kernel,
          LauncherBinary.install(kernel, Arch.X86_64, StateDirectory.usual(1000, Map.of())),
          Arch.X86_64);
  private final Parking parking = new Parking();
  private @Nullable LinuxPool pool;

  @AfterEach
  void close() {
    if (pool != null) {
      pool.close();
    }
    watcher.close();
  }

  private LinuxPool open(PoolOptions options) {
    pool = LinuxPool.open(parking, REQUEST.host(), SPEC, options);
    return pool;
  }

  private void await(Predicate<PoolStatus> wanted) {
    LinuxPool opened = java.util.Objects.requireNonNull(pool);
    assertThat(Poll.until(LONG, () -> wanted.test(opened.status())))
        .as("%s", opened.status())
        .isTrue();
  }

  /** Parks children of the fake kernel; a start takes one, and has no container. */
  private final class Parking implements LinuxPool.Parking {
    final List<Integer> pids = new CopyOnWriteArrayList<>();
    final List<ContainerStart.@Nullable Parked> taken = new CopyOnWriteArrayList<>();
    final List<Long> times = new CopyOnWriteArrayList<>();
    final AtomicInteger attempts = new AtomicInteger();
    final AtomicInteger forgotten = new AtomicInteger();
    final AtomicInteger unparked = new AtomicInteger();
    volatile @Nullable RuntimeException failure;

    @Override
    public ContainerStart.Parked park(ContainerSpec spec) {
      attempts.incrementAndGet();
      times.add(System.nanoTime());
      RuntimeException problem = failure;
      if (problem != null) {
        throw problem;
      }
      int pid = kernel.newChild();
      Launch launch =
          launcher.begin(launcher.compile(ContainerSteps.waiting(), "x"), List.of(), List.of());
      Child child = watcher.watch(pid);
      pids.add(pid);
      return new ContainerStart.Parked(
          REQUEST,
          "id" + pid,
          new ProcessStart.Waiting(
              launch.parked(), child, null, Optional.empty(), List.of(), null, false),
          new NoCgroups("container id" + pid),
          () -> {});
    }

    @Override
    public ContainerStart.Parked parkFirst(ContainerSpec spec) {
      return park(spec);
    }

    @Override
    public Container start(ContainerSpec spec, LinuxPool.Next parked) {
      ContainerStart.Parked next = parked.take();
      if (next == null) {
        unparked.incrementAndGet();
      } else {
        taken.add(next);
      }
      throw new Started();
    }

    @Override
    public void forget(LinuxPool closed) {
      forgotten.incrementAndGet();
    }
  }

  /** In the place of a container. */
  private static final class Started extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static void start(LinuxPool from) {
    assertThatExceptionOfType(Started.class).isThrownBy(from::start);
  }

  @Test
  void the_first_is_there_when_it_opens_and_the_minimum_soon() {
    assertThat(open(PoolOptions.defaults().withMinimum(3)).status().parked()).isPositive();

    await(status -> status.parked() == 3 && status.parking() == 0);
    assertThat(parking.attempts).hasValue(3);
  }

  @Test
  void the_newest_is_taken_first_and_replaced() {
    LinuxPool opened = open(PoolOptions.defaults().withMinimum(2));
    await(status -> status.parked() == 2);
    int newest = parking.pids.get(1);

    start(opened);

    assertThat(parking.taken).extracting(ContainerStart.Parked::id).containsExactly("id" + newest);
    await(status -> status.parked() == 2);
    assertThat(opened.status().used()).isEqualTo(1);
    parking.taken.get(0).process().close();
  }

  @Test
  void an_empty_one_parks_more_from_then_on_up_to_the_maximum() {
    LinuxPool opened = open(PoolOptions.defaults().withMinimum(1).withMaximum(3));
    parking.failure = new ContainerException("not now", null);
    start(opened);
    for (int i = 0; i < 5; i++) {
      start(opened);
    }
    assertThat(parking.unparked).hasValue(5);
    parking.failure = null;

    await(status -> status.parked() == 3);
    assertThat(opened.status().unparked()).isEqualTo(5);
    parking.taken.get(0).process().close();
  }

  @Test
  void what_is_above_the_minimum_goes_after_the_idle_time_the_oldest_first() {
    LinuxPool opened =
        open(
            PoolOptions.defaults()
                .withMinimum(1)
                .withMaximum(2)
                .withIdleTime(Duration.ofMillis(50)));
    start(opened);
    start(opened); // finds none, or the second
    await(status -> status.parked() == 2 || parking.pids.size() >= 3);

    await(status -> status.parked() == 1);
    parking.taken.forEach(parked -> parked.process().close());
  }

  @Test
  void one_that_ends_is_replaced_and_told() {
    LinuxPool opened = open(ONE);
    parking.failure = new ContainerException("not now", null);

    kernel.killed(parking.pids.get(0), 9);

    await(status -> status.parked() == 0);
    await(status -> status.failure().isPresent());
    parking.failure = null;
    await(status -> status.parked() == 1 && status.failure().isEmpty());
    assertThat(opened.status().used()).isZero();
  }

  @Test
  void failures_are_told_and_tried_again_after_ever_longer_pauses() {
    LinuxPool opened = open(ONE);
    parking.failure = new ContainerException("no room", null);
    start(opened);
    await(status -> status.failure().isPresent());
    assertThat(opened.status().failure()).get().isEqualTo(parking.failure);

    assertThat(Poll.until(LONG, () -> parking.times.size() >= 6)).isTrue();
    for (int i = 1; i < 5; i++) { // 0 was parked, 1 is the first failure
      assertThat(parking.times.get(i + 1) - parking.times.get(i))
          .isGreaterThanOrEqualTo(Duration.ofMillis(10L << (i - 1)).toNanos());
    }
    parking.failure = new IllegalStateException("a mistake");
    await(status -> status.failure().toString().contains("a mistake"));
    parking.taken.get(0).process().close();
  }

  @Test
  void close_ends_all_that_is_parked_once_and_nothing_comes_later() {
    LinuxPool opened = open(PoolOptions.defaults().withMinimum(3));
    await(status -> status.parked() == 3);

    opened.close();
    opened.close();

    assertThat(kernel.calls()).filteredOn(call -> call.startsWith("signal")).isNotEmpty();
    assertThat(kernel.openDescriptors().values()).doesNotContain("socket");
    assertThat(opened.status().parked()).isZero();
    assertThatExceptionOfType(ContainerGoneException.class).isThrownBy(opened::start);
    assertThat(parking.attempts).hasValue(3);
  }

  @Test
  void a_directory_to_write_in_is_refused_before_anything_is_made() {
    ContainerSpec kept =
        SPEC.toBuilder()
            .rootfs(LayeredRootfs.directory(Path.of("/srv/root")).writableIn(Path.of("/srv/kept")))
            .build();

    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(() -> LinuxPool.open(parking, REQUEST.host(), kept, ONE))
        .satisfies(refused -> assertThat(refused.field()).isEqualTo("rootfs"));
    assertThat(parking.attempts).hasValue(0);
  }
}
