package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.Container;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ContainerStats;
import io.jcontainer.ExitStatus;
import io.jcontainer.IoLimit;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.Signal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What containers try that have limits, and what they get. */
@Timeout(300)
class CgroupIT extends WithLimits {
  /** Forks for ever, and so does whatever comes of it. */
  private static final String BOMB = "perl -e 'fork while 1'";

  /** Takes more and more memory. */
  private static final String HOG = "exec tail /dev/zero";

  private static final String BURNER = "while :; do :; done";

  private static final long MEBIBYTE = 1 << 20;

  // --- limits hold ----------------------------------------------------------------

  @Test
  void a_fork_bomb_is_held_and_the_host_can_be_used() throws Exception {
    ContainerSpec bomb = limited(BOMB, limits -> limits.pids(20).cpus(0.2));
    try (Container container = runtime.start(bomb);
        Events events = Events.of(container)) {
      await(() -> pids(container).current() == 20);
      assertThat(events.await(ContainerEvent.Kind.PIDS_LIMIT).count()).isPositive();

      assertThat(sh("sleep 0.01 & sleep 0.01; echo usable").expectedOut()).isEqualTo("usable\n");
      assertThat(new ProcessBuilder("true").start().waitFor()).isZero();
      assertThat(pids(container).current()).isLessThanOrEqualTo(20);
    }
  }

  private static ContainerStats.Pids pids(Container container) {
    return container.stats().pids().orElseThrow();
  }

  @Test
  void a_memory_hog_is_killed_and_its_end_says_why() throws Exception {
    ContainerSpec hog = limited(HOG, limits -> limits.memory("32m"));
    try (Container container = runtime.start(hog);
        Events events = Events.of(container)) {
      ExitStatus exit = container.waitFor();

      assertThat(exit.signal()).contains(Signal.KILL);
      assertThat(exit.oomKilled()).isTrue();
      assertThat(exit.peakMemory().orElseThrow().bytes()).isBetween(24 * MEBIBYTE, 32 * MEBIBYTE);
      assertThat(exit.toString()).contains("out of memory");
      assertThat(events.await(ContainerEvent.Kind.OOM_KILL).count()).isPositive();
    }
  }

  @Test
  void who_stays_within_its_memory_is_not_told_to_be_out_of_it() {
    ContainerSpec spec = limited("exec cat", limits -> limits.memory("32m"));
    try (Container container = runtime.start(spec)) {
      container.signal(Signal.KILL);

      assertThat(container.waitFor().signal()).contains(Signal.KILL);
      assertThat(container.waitFor().oomKilled()).isFalse();
    }
  }

  @Test
  void a_child_that_is_out_of_memory_is_told_to_its_parent_and_to_the_host() throws Exception {
    ContainerSpec spec =
        limited("tail /dev/zero; echo $?; exec cat", limits -> limits.memory("32m"));
    try (Container container = runtime.start(spec);
        Events events = Events.of(container)) {
      assertThat(new String(container.stdout().readNBytes(4), UTF_8)).isEqualTo("137\n");
      events.await(ContainerEvent.Kind.OOM_KILL);
      assertThat(memory(container).oomKills()).isEqualTo(OptionalLong.of(1));
      container.stdin().close();

      assertThat(container.waitFor().isSuccess()).isTrue();
    }
  }

  private static ContainerStats.Memory memory(Container container) {
    return container.stats().memory().orElseThrow();
  }

  @Test
  void a_burner_gets_the_time_of_its_quota_and_no_more() {
    ContainerSpec burner = limited(BURNER, limits -> limits.cpus(0.2));
    try (Container container = runtime.start(burner)) {
      await(() -> cpu(container).throttledPeriods().orElseThrow() >= 5);

      // The kernel's own account: of each period of 100 ms it gives 20. The clock of the wall says
      // nothing here, for others may have had the processor. Half as much again is for what one
      // tick, or a slice for each processor, may be too late.
      ContainerStats.Cpu cpu = cpu(container);
      Duration most = Duration.ofMillis(30).multipliedBy(cpu.periods().orElseThrow() + 2);
      assertThat(cpu.usage()).isLessThan(most);
    }
  }

  private static ContainerStats.Cpu cpu(Container container) {
    return container.stats().cpu().orElseThrow();
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void a_writer_to_disk_gets_the_bytes_of_its_limit_and_no_more(@HostRootedTempDir Path directory)
      throws IOException {
    IoLimit limit = IoLimit.writeBps(diskOf(directory), MEBIBYTE);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    ContainerSpec spec =
        limited(
                "exec dd if=/dev/zero of=/disk/file bs=64k count=48 oflag=direct",
                limits -> limits.io(limit))
            .toBuilder()
            .mount(Mount.bind(directory, "/disk").writable())
            .build();
    long began = System.nanoTime();
    Finished writer = run(spec);
    Duration taken = Duration.ofNanos(System.nanoTime() - began);

    assertThat(writer.exit().isSuccess()).as(writer.err()).isTrue();
    assertThat(taken).as("3 MiB at 1 MiB in a second").isGreaterThan(Duration.ofMillis(1_500));
  }

  /** The whole disk that a directory is on. */
  private static Path diskOf(Path directory) throws IOException {
    long number = (long) Files.getAttribute(directory, "unix:dev");
    long major = (number >> 8) & 0xfff;
    long minor = (number & 0xff) | ((number >> 12) & 0xfff00);
    Path block = Path.of("/sys/dev/block/%d:%d".formatted(major, minor));
    assumeTrue(Files.exists(block), () -> directory + " is on no disk: " + block);
    Path device = block.toRealPath();
    if (Files.exists(device.resolve("partition"))) {
      device = Objects.requireNonNull(device.getParent());
    }
    return Path.of("/dev").resolve(device.getFileName());
  }

  // --- there is no moment without limits -----------------------------------------------

  @Test
  void the_first_process_begins_with_all_its_limits() {
    Finished alone = run(limited(":; exec echo alone", limits -> limits.pids(1)));
    assertThat(alone.expectedOut()).isEqualTo("alone\n");

    Finished two = run(limited("(:); echo no", limits -> limits.pids(1)));
    assertThat(two.out()).isEmpty();
    assertThat(two.err()).containsIgnoringCase("fork");
  }

  @Test
  void the_first_process_is_in_its_own_cgroup_of_each_hierarchy_and_sees_that_as_the_root() {
    try (Container container = runtime.start(limited("cat /proc/self/cgroup; exec cat", l -> {}));
        ContainerProcess cat = container.exec("cat", "/proc/self/cgroup")) {
      List<Path> directories = directories(container);

      assertThat(directories).isNotEmpty();
      assertThat(lines(Path.of("/proc/" + container.pid() + "/cgroup")))
          .filteredOn(line -> line.endsWith("/" + container.id()))
          .hasSameSizeAs(directories);
      assertThat(cat.stdout().readText().lines().filter(line -> line.endsWith(":/")))
          .hasSizeGreaterThanOrEqualTo(directories.size());
    }
  }

  @Test
  void what_joins_later_is_in_it_too() {
    try (Container container = runtime.start(limited("exec cat", limits -> limits.pids(6)))) {
      try (ContainerProcess process = container.exec("cat")) {
        for (Path directory : directories(container)) {
          List<String> inside = lines(directory.resolve("cgroup.procs"));
          // Of a process with a sub-cgroup of its own in the hierarchy of the freezer.
          String all = inside + tree(directory);
          assertThat(all).as("%s", directory).contains(Long.toString(process.pid()));
        }
      }
      try (ContainerProcess many =
          container.exec(
              "sh", "-c", "for i in 1 2 3 4 5 6 7; do sleep 100 >/dev/null 2>&1 & done; echo no")) {
        assertThat(many.stdout().readText()).isEmpty();
        assertThat(many.stderr().readText()).containsIgnoringCase("fork");
        many.waitFor();
      }
    }
  }

  private static String tree(Path directory) {
    StringBuilder all = new StringBuilder();
    try (var below = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (Path each : below) {
        all.append(lines(each.resolve("cgroup.procs"))).append(tree(each));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return all.toString();
  }

  // --- and they can be changed, and watched ----------------------------------------------

  @Test
  void limits_change_while_it_runs() {
    try (Container container =
        runtime.start(limited("exec cat", limits -> limits.pids(5).memory("64m")))) {
      container.update(CgroupLimits.builder().pids(50).memory("128m").build());
      assertThat(pids(container).limit()).isEqualTo(OptionalLong.of(50));
      assertThat(memory(container).limit()).contains(ByteSize.ofMebibytes(128));

      container.update(CgroupLimits.builder().pids(1).build());
      assertThat(memory(container).limit()).contains(ByteSize.ofMebibytes(128));
      assertThatExceptionOfType(ContainerException.class)
          .isThrownBy(() -> container.exec("true").close());

      container.update(CgroupLimits.builder().pids(CgroupLimits.UNLIMITED).build());
      try (ContainerProcess process = container.exec("true")) {
        assertThat(process.waitFor().isSuccess()).isTrue();
      }
    }
  }

  @Test
  void limits_change_all_or_not_at_all() {
    try (Container container =
        runtime.start(limited("exec cat", limits -> limits.pids(5).memory("64m")))) {
      assertThatExceptionOfType(ContainerException.class)
          .isThrownBy(
              () ->
                  container.update(
                      CgroupLimits.builder()
                          .pids(50)
                          .memory("128m")
                          .cpuset("4000") // which no machine has
                          .build()));

      assertThat(pids(container).limit()).isEqualTo(OptionalLong.of(5));
      assertThat(memory(container).limit()).contains(ByteSize.ofMebibytes(64));
    }
  }

  @Test
  void nothing_runs_while_it_is_paused() throws Exception {
    try (Container container = runtime.start(limited(BURNER, limits -> limits.cpus(0.5)));
        Events events = Events.of(container)) {
      container.pause();
      assertThat(container.isPaused()).isTrue();
      events.await(ContainerEvent.Kind.FROZEN);
      Duration before = cpu(container).usage();
      sh("sleep 0.3");
      assertThat(cpu(container).usage()).isEqualTo(before);

      container.resume();
      assertThat(container.isPaused()).isFalse();
      events.await(ContainerEvent.Kind.THAWED);
      await(() -> cpu(container).usage().compareTo(before) > 0);

      container.pause(); // and it can be closed
    }
  }

  @Test
  void its_statistics_are_those_of_what_it_does() {
    ContainerSpec spec =
        limited(
            "sleep 1000 & head -c 20000000 /dev/urandom >/tmp/file; echo written; exec cat",
            limits -> limits.memory("64m").pids(10));
    try (Container container = runtime.start(spec)) {
      assertThat(read(container, 8)).isEqualTo("written\n");
      ContainerStats stats = container.stats();

      assertThat(stats.pids()).contains(new ContainerStats.Pids(2, OptionalLong.of(10)));
      ContainerStats.Memory memory = stats.memory().orElseThrow();
      assertThat(memory.current().bytes()).isBetween(19_000_000L, 64 * MEBIBYTE);
      assertThat(memory.limit()).contains(ByteSize.ofMebibytes(64));
      memory.peak().ifPresent(it -> assertThat(it.bytes()).isGreaterThan(19_000_000));
      assertThat(memory.anon().orElseThrow().bytes()).isPositive();
      assertThat(stats.cpu().orElseThrow().usage()).isPositive();
      assertThat(stats.network()).extracting(ContainerStats.Network::name).contains("lo");
    }
  }

  private static String read(Container container, int length) {
    try {
      return new String(container.stdout().readNBytes(length), UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  // --- what is left --------------------------------------------------------------------

  @Test
  void cgroups_that_others_have_made_in_it_go_with_it() throws IOException {
    List<Path> directories;
    try (Container container = runtime.start(limited("exec cat", limits -> {}))) {
      directories = directories(container);
      for (Path directory : directories) {
        Files.createDirectories(directory.resolve("one/two/three"));
        Files.createDirectories(directory.resolve("one/other"));
      }
    }
    assertThat(directories).isNotEmpty().noneMatch(Files::exists);
  }

  @Test
  void in_the_hosts_namespace_of_cgroups_it_sees_where_it_is() {
    ContainerSpec spec =
        limited("cat /proc/self/cgroup", limits -> {}).toBuilder()
            .namespaces(namespaces -> namespaces.cgroup(Namespace.host()))
            .build();

    assertThat(run(spec).expectedOut()).contains("jcontainer-");
  }
}
