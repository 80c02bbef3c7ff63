package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Prepared;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When templates and root file systems are made, what makes them stale, and failures. */
class RootPoolTest {
  private static final int READY = 3;
  private static final int FAILED = 2;
  private static final int MADE = 8;
  private static final int SIZE = 4;

  private final FakeKernel kernel = new FakeKernel();

  /** What happens when a process is to be started. */
  private Runnable refuse = () -> {};

  private final Launcher launcher =
      new Launcher(
          beforeEachSpawn(),
          LauncherBinary.install(kernel, Arch.X86_64, StateDirectory.usual(1000, Map.of())),
          Arch.X86_64);
  private final Fd userNamespace = kernel.fd("user namespace");
  private long now;
  private final RootPool pool = new RootPool(kernel, launcher, SIZE, () -> now);

  @TempDir private Path directory = Path.of("/");
  private ContainerSpec spec = ContainerSpec.of("true");

  @BeforeEach
  void makeLayer() throws IOException {
    Path layer = Files.createDirectory(directory.resolve("layer"));
    spec = ContainerSpec.builder().rootfs(LayeredRootfs.directory(layer)).command("true").build();
  }

  private Kernel beforeEachSpawn() {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("spawn")) {
                refuse.run();
              }
              try {
                return method.invoke(kernel, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void tells(int kind, int errno) {
    kernel.willReceive(
        ByteBuffer.allocate(16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0, kind)
            .putInt(8, errno)
            .array());
  }

  private void makes() {
    tells(MADE, 0);
    kernel.willReceive(kernel.fd("root"));
  }

  private long spawned() {
    return kernel.calls().stream().filter(call -> call.startsWith("spawn ")).count();
  }

  private long sent() {
    return kernel.calls().stream().filter(call -> call.startsWith("send ")).count();
  }

  private boolean take() {
    return take(spec);
  }

  private boolean take(ContainerSpec wanted) {
    LaunchRequest request = ContainerPlansTest.request(wanted);
    Optional<Fd> root =
        pool.take(
            request, new UserNamespaces.Entry(request.user(), List.of(userNamespace), List.of()));
    root.ifPresent(Fd::close);
    return root.isPresent();
  }

  /** Two starts that have found nothing, and what comes behind them. */
  private void begin() {
    assertThat(take()).isFalse();
    pool.refill();
    assertThat(take()).isFalse();
    tells(READY, 0);
    pool.refill();
  }

  @Test
  void the_second_start_has_a_template_made_and_roots_are_ordered_several_at_a_time() {
    assertThat(take()).isFalse();
    pool.refill();
    assertThat(spawned()).isZero();

    assertThat(take()).isFalse();
    tells(READY, 0);
    pool.refill();
    assertThat(spawned()).isEqualTo(1);
    assertThat(sent()).isEqualTo(1 + SIZE);

    makes();
    assertThat(take()).isTrue();
    pool.refill();
    assertThat(sent()).as("three are left").isEqualTo(1 + SIZE);
    makes();
    assertThat(take()).isTrue();
    pool.refill();
    assertThat(sent()).as("two were left").isEqualTo(1 + SIZE + 2);
    assertThat(pool.look()).isEqualTo(new Prepared.Roots(SIZE, 1, 0, 2, 2, Optional.empty()));
  }

  @Test
  void a_start_that_is_only_equal_in_what_it_begins_with_uses_the_same_template() {
    begin();
    makes();

    assertThat(
            take(
                ContainerSpec.builder()
                    .rootfs(LayeredRootfs.directory(directory.resolve("layer")))
                    .command("another")
                    .hostname("box")
                    .init(true)
                    .build()))
        .isTrue();
  }

  @Test
  void one_with_another_mount_or_without_a_write_layer_does_not() {
    begin();
    makes();
    LayeredRootfs readOnly = LayeredRootfs.directory(directory.resolve("layer")).readOnly();

    assertThat(take(spec.toBuilder().mount(Mount.tmpfs("/cache")).build())).isFalse();
    assertThat(take(spec.toBuilder().rootfs(readOnly).build())).isFalse();
    assertThat(take()).isTrue();
  }

  @Test
  void a_layer_that_has_become_another_directory_ends_the_template() throws IOException {
    begin();
    makes();
    assertThat(take()).isTrue();
    Files.move(directory.resolve("layer"), directory.resolve("old"));
    Files.createDirectory(directory.resolve("layer"));

    assertThat(take()).isFalse();
    assertThat(kernel.calls()).endsWith("kill 1000 9", "reap group 1000");
    tells(READY, 0);
    pool.refill();
    assertThat(spawned()).as("it is made anew").isEqualTo(2);
  }

  @Test
  void a_layer_that_is_gone_ends_it_too() throws IOException {
    begin();
    Files.delete(directory.resolve("layer"));

    assertThat(take()).isFalse();
  }

  @Test
  void a_change_of_the_hosts_mounts_ends_all_templates() {
    begin();
    makes();
    assertThat(take()).isTrue();
    kernel.changeMounts();

    assertThat(take()).isFalse();
    assertThat(pool.look().templates()).isZero();
    tells(READY, 0);
    pool.refill();
    makes();
    assertThat(take()).as("only once").isTrue();
  }

  @Test
  void one_that_is_stale_before_it_was_used_is_made_anew_after_ten_seconds_only() {
    begin();
    kernel.changeMounts();
    assertThat(take()).isFalse();
    pool.refill();
    assertThat(spawned()).isEqualTo(1);

    now += TimeUnit.SECONDS.toNanos(10);
    assertThat(take()).isFalse();
    tells(READY, 0);
    pool.refill();
    assertThat(spawned()).isEqualTo(2);
    assertThat(pool.look().failure()).isEmpty();
  }

  @Test
  void a_failure_is_shown_and_is_tried_again_after_ten_seconds() {
    begin();
    tells(FAILED, Errno.ENOSPC.number());
    assertThat(take()).isFalse();

    assertThat(pool.look().failure()).hasValueSatisfying(it -> assertThat(it).contains("ENOSPC"));
    assertThat(kernel.calls()).as("the process is waited for").last().isEqualTo("reap group 1000");

    now += TimeUnit.SECONDS.toNanos(10) - 1;
    pool.refill();
    assertThat(spawned()).isEqualTo(1);

    now++;
    tells(READY, 0);
    pool.refill();
    assertThat(spawned()).isEqualTo(2);
    makes();
    assertThat(take()).isTrue();
    assertThat(pool.look().failure()).isEmpty();
  }

  @Test
  void a_process_that_cannot_be_started_is_a_failure_of_the_pool_alone() {
    assertThat(take()).isFalse();
    assertThat(take()).isFalse();
    kernel.failNext("posix_spawn", Errno.EAGAIN);
    pool.refill();

    assertThat(pool.look().failure()).hasValueSatisfying(it -> assertThat(it).contains("EAGAIN"));
    assertThat(take()).isFalse();
  }

  @Test
  void one_that_is_refused_while_mounts_change_is_tried_again_after_ten_seconds_only() {
    assertThat(take()).isFalse();
    assertThat(take()).isFalse();
    refuse =
        () -> {
          kernel.changeMounts();
          assertThat(take()).isFalse(); // by another thread
          throw new SyscallException("posix_spawn()", Errno.EAGAIN);
        };
    pool.refill();
    assertThat(pool.look().failure()).hasValueSatisfying(it -> assertThat(it).contains("EAGAIN"));
    refuse =
        () -> {
          throw new AssertionError("too early");
        };
    assertThat(take()).isFalse();
    pool.refill();

    now += Duration.ofSeconds(11).toNanos();
    refuse = () -> {};
    assertThat(take()).isFalse();
    tells(READY, 0);
    pool.refill();
    assertThat(spawned()).isEqualTo(1);
  }

  @Test
  void one_without_a_size_does_nothing() {
    RootPool none = new RootPool(kernel, launcher, 0, () -> now);
    LaunchRequest request = ContainerPlansTest.request(spec);
    UserNamespaces.Entry user =
        new UserNamespaces.Entry(request.user(), List.of(userNamespace), List.of());
    for (int i = 0; i < 3; i++) {
      assertThat(none.take(request, user)).isEmpty();
      none.refill();
    }
    none.close();

    assertThat(kernel.calls()).isEmpty();
    assertThat(none.look()).isEqualTo(new Prepared.Roots(0, 0, 0, 0, 0, Optional.empty()));
  }

  @Test
  void closing_it_ends_the_process_and_leaves_no_descriptor() {
    begin();
    pool.close();

    assertThat(kernel.calls()).endsWith("kill 1000 9", "reap group 1000");
    assertThat(kernel.openDescriptors().values())
        .containsExactlyInAnyOrderElementsOf(
            List.of("memfd jcontainer-launcher", "user namespace"));
  }
}
