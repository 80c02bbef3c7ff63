package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan;
import io.jcontainer.Namespace;
import io.jcontainer.Prepared;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Network namespaces that were made before: they are as good as new ones, and nobody else's. */
@Tag("every-jdk")
@Timeout(120)
class PreparedNetworksIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** All that a network namespace can tell, but its counters' values and its own number. */
  private static final String LOOK =
      "cut -d: -f1 /proc/net/dev; cat /proc/net/route /proc/net/ipv6_route /proc/net/if_inet6"
          + " /proc/net/tcp /proc/net/udp /proc/net/raw /proc/net/arp /proc/net/fib_trie; wc -l"
          + " </proc/net/unix; cat /sys/class/net/lo/flags /sys/class/net/lo/operstate; ls"
          + " /sys/class/net; cd /proc/sys/net; find . -type f | sort | while read f; do"
          + " echo $f $(cat $f 2>&1); done";

  private static String network(long pid) {
    return ProcFs.namespace(pid, "net");
  }

  private static Prepared.Networks networks(ContainerRuntime runtime) {
    return runtime.prepared().networks();
  }

  /** The runtime's only child while it has no container. */
  private static long maker(Set<Long> others) {
    return ProcFs.children(ProcFs.ownPid()).stream()
        .map(ProcStat::pid)
        .filter(pid -> !others.contains(pid))
        .findFirst()
        .orElseThrow();
  }

  private static Set<Long> children() {
    Set<Long> pids = new HashSet<>();
    ProcFs.children(ProcFs.ownPid()).forEach(child -> pids.add(child.pid()));
    return pids;
  }

  /** Another runtime that has made what it makes, and does so without this one. */
  private static ContainerRuntime another() {
    ContainerRuntime made = ContainerRuntime.create(options());
    Finished.of(made, ContainerSpec.of("true"));
    awaitPrepared(made);
    return made;
  }

  @Test
  void the_first_start_makes_its_own_and_all_others_find_one() {
    try (ContainerRuntime another = another()) {
      assertThat(networks(another).missed()).isEqualTo(1);
      for (int i = 0; i < 20; i++) {
        assertThat(Finished.of(another, ContainerSpec.of("true")).exit().isSuccess()).isTrue();
        awaitPrepared(another);
      }
      assertThat(networks(another).used()).isEqualTo(20);
      assertThat(networks(another).missed()).isEqualTo(1);
      assertThat(networks(another).failure()).isEmpty();
    }
  }

  @Test
  void one_is_as_clean_as_one_that_a_start_makes() {
    ContainerSpec spec = ContainerSpec.of("sh", "-c", LOOK);
    String fresh;
    try (ContainerRuntime without =
        ContainerRuntime.create(RuntimeOptions.defaults().withoutPreparation())) {
      fresh = Finished.of(without, spec).expectedOut();
      assertThat(networks(without).used()).isZero();
    }
    long used = networks(runtime).used();
    String prepared = Finished.of(runtime, spec).expectedOut();

    assertThat(networks(runtime).used()).isEqualTo(used + 1);
    assertThat(prepared).contains("lo", "./ipv4/ip_forward");
    assertThat(prepared).isEqualTo(fresh);
  }

  @Test
  void of_two_hundred_from_eight_threads_no_two_share_one()
      throws InterruptedException, ExecutionException, IOException {
    long used = networks(runtime).used();
    Queue<FileChannel> held = new ConcurrentLinkedQueue<>(); // a number may be another's later
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<String>> starts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        starts.add(
            () -> {
              try (Container container = waiting()) {
                held.add(FileChannel.open(Path.of("/proc/%d/ns/net".formatted(container.pid()))));
                return network(container.pid());
              }
            });
      }
      Set<String> different = new HashSet<>();
      for (Future<String> network : threads.invokeAll(starts)) {
        different.add(network.get());
      }
      assertThat(different).hasSize(200).doesNotContain(network(ProcFs.ownPid()));
      assertThat(networks(runtime).used()).isGreaterThan(used);
    } finally {
      threads.shutdown();
      for (FileChannel each : held) {
        each.close();
      }
    }
    awaitPrepared(runtime);
  }

  @Test
  @RequiresHost(Feature.BUSYBOX_STATIC)
  void it_belongs_to_the_containers_user_namespace() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("busybox", "ip", "link", "set", "lo", "mtu", "1400")
            .capabilities(Capabilities.defaults().with(Capability.NET_ADMIN))
            .build();
    long used = networks(runtime).used();

    assertThat(run(spec).expectedOut()).isEmpty();
    assertThat(networks(runtime).used()).isEqualTo(used + 1);
  }

  @Test
  void only_a_container_of_the_usual_user_namespace_with_a_network_of_its_own_uses_one() {
    ContainerSpec shared =
        ContainerSpec.builder()
            .command("true")
            .namespaces(ns -> ns.network(Namespace.host()))
            .build();
    ContainerSpec nested =
        ContainerSpec.builder()
            .command("true")
            .capabilities(Capabilities.defaults().with(Capability.SYS_ADMIN))
            .build();
    try (ContainerRuntime another = another()) {
      assertThat(Finished.of(another, shared).exit().isSuccess()).isTrue();
      assertThat(networks(another).used()).isZero();
      assertThat(Finished.of(another, nested).exit().isSuccess()).isTrue();
      boolean root = ProcFs.status(ProcFs.ownPid()).uids().contains(0L);
      assertThat(networks(another).used()).isEqualTo(root ? 1 : 0);
    }
  }

  @Test
  void its_maker_is_in_none_of_them_and_no_container_can_look_into_it() {
    Set<Long> before = children();
    try (ContainerRuntime another = another()) {
      long maker = maker(before);
      ContainerSpec looks =
          ContainerSpec.builder()
              .command(
                  "sh",
                  "-c",
                  "cd /proc/%d; cat comm; cat environ; ls fd; readlink ns/net; readlink cwd"
                      .formatted(maker))
              .capabilities(Capabilities.defaults().with(Capability.SYS_PTRACE))
              .namespaces(ns -> ns.pid(Namespace.host()))
              .build();
      Finished finished = Finished.of(another, looks);

      assertThat(finished.out()).as("only its name").hasLineCount(1);
      assertThat(finished.err()).contains("environ: Permission denied", "fd': Permission denied");
      try (Container container = another.start(ContainerSpec.of("cat"))) {
        if (ProcFs.status(ProcFs.ownPid()).uids().contains(0L)) {
          assertThat(network(maker)).isNotEqualTo(network(container.pid()));
        }
      }
    }
  }

  @Test
  void when_its_maker_is_killed_starts_go_on_without() {
    Set<Long> before = children();
    try (ContainerRuntime another = another()) {
      long maker = maker(before);
      ProcessHandle.of(maker).orElseThrow().destroyForcibly();
      assertThat(Poll.until(LONG, () -> ProcFs.stat(maker).map(ProcStat::dead).orElse(true)))
          .isTrue();

      // What it has made is used before it is missed.
      for (int i = 0; i < 100 && networks(another).failure().isEmpty(); i++) {
        assertThat(Finished.of(another, ContainerSpec.of("true")).exit().isSuccess()).isTrue();
      }
      assertThat(networks(another).failure())
          .hasValueSatisfying(failure -> assertThat(failure).contains("EPIPE"));
      assertThat(ProcFs.stat(maker)).as("it is waited for").isEmpty();
    }
  }

  /** Starts a container twice, and tells the process number of what makes networks for it. */
  static final class Prepares {
    public static void main(String[] arguments) throws IOException {
      ContainerRuntime runtime = another();
      Finished.of(runtime, ContainerSpec.of("true"));
      System.out.println(maker(Set.of()));
      System.in.read();
      runtime.close();
    }
  }

  @Test
  void its_maker_dies_with_the_jvm() {
    try (JvmFork jvm = JvmFork.start(Prepares.class)) {
      long maker = Long.parseLong(jvm.readLine(LONG));
      assertThat(ProcFs.stat(maker)).isPresent();
      jvm.kill9();

      assertThat(ProcFs.awaitGone(maker, LONG)).isTrue();
    }
  }

  @Test
  void without_preparation_there_is_no_process_but_the_container() {
    Set<Long> before = children();
    try (ContainerRuntime without =
        ContainerRuntime.create(RuntimeOptions.defaults().withoutPreparation())) {
      for (int i = 0; i < 3; i++) {
        assertThat(Finished.of(without, ContainerSpec.of("true")).exit().isSuccess()).isTrue();
      }
      assertThat(children()).isEqualTo(before);
      assertThat(networks(without).size()).isZero();
      assertThat(networks(without).missed()).isZero();
    }
  }

  @Test
  void the_plan_is_the_one_that_a_start_would_run_now() {
    try (ContainerRuntime another = ContainerRuntime.create(options())) {
      assertThat(calls(another)).anyMatch(call -> call.startsWith("unshare(CLONE_NEWNET"));
      Finished.of(another, ContainerSpec.of("true"));
      awaitPrepared(another);

      assertThat(calls(another))
          .noneMatch(call -> call.startsWith("unshare(CLONE_NEWNET"))
          .anyMatch(call -> call.startsWith("setns(5, CLONE_NEWNET"));
      assertThat(networks(another).ready()).isGreaterThan(networks(another).size() / 2);
    }
  }

  private static Stream<String> calls(ContainerRuntime runtime) {
    return runtime.plan(ContainerSpec.of("true")).steps().stream().map(LaunchPlan.Step::call);
  }
}
