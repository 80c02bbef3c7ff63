package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ClockOffsets;
import io.jcontainer.Container;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Namespace;
import io.jcontainer.Namespaces;
import io.jcontainer.Signal;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each kind of namespace: own, the host's, or one that exists already. */
@Timeout(60)
class NamespacesIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** A kind by its file below /proc/PID/ns. */
  enum Kind {
    PID("pid"),
    NETWORK("net"),
    UTS("uts"),
    MOUNT("mnt"),
    IPC("ipc"),
    USER("user"),
    CGROUP("cgroup"),
    TIME("time");

    private final String file;

    Kind(String file) {
      this.file = file;
    }

    void choose(Namespaces.Builder builder, Namespace choice) {
      switch (this) {
        case PID -> builder.pid(choice);
        case NETWORK -> builder.network(choice);
        case UTS -> builder.uts(choice);
        case MOUNT -> builder.mount(choice);
        case IPC -> builder.ipc(choice);
        case USER -> builder.user(choice);
        case CGROUP -> builder.cgroup(choice);
        case TIME -> builder.time(choice);
        default -> throw new AssertionError(this);
      }
    }

    String ofProcess(long pid) {
      return ProcFs.namespace(pid, file);
    }
  }

  private static ContainerSpec.Builder spec(Consumer<Namespaces.Builder> choice, String... words) {
    return ContainerSpec.builder().command(words).namespaces(choice);
  }

  /** Starts a container that waits, and says in which namespace of this kind it is. */
  private String namespaceOf(Kind kind, Consumer<Namespaces.Builder> choice) {
    try (Container container = runtime.start(spec(choice, "cat").build())) {
      return kind.ofProcess(container.pid());
    }
  }

  // Own.

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TIME")
  void is_the_containers_own_by_default(Kind kind) {
    String ours = kind.ofProcess(ProcFs.ownPid());
    try (Container first = waiting();
        Container second = waiting()) {
      assertThat(kind.ofProcess(first.pid())).isNotEqualTo(ours);
      assertThat(kind.ofProcess(second.pid())).isNotEqualTo(ours);
      if (kind == Kind.USER) { // the runtime's, for all of its containers
        assertThat(kind.ofProcess(second.pid())).isEqualTo(kind.ofProcess(first.pid()));
      } else {
        assertThat(kind.ofProcess(second.pid())).isNotEqualTo(kind.ofProcess(first.pid()));
      }
    }
  }

  @Test
  @RequiresHost(Feature.TIME_NAMESPACE)
  void time_is_the_hosts_by_default_and_own_if_asked_for() {
    String ours = Kind.TIME.ofProcess(ProcFs.ownPid());

    assertThat(namespaceOf(Kind.TIME, ns -> {})).isEqualTo(ours);
    assertThat(namespaceOf(Kind.TIME, ns -> ns.time(Namespace.own()))).isNotEqualTo(ours);
  }

  // The host's.

  @ParameterizedTest
  @EnumSource(names = {"PID", "NETWORK", "UTS", "IPC", "CGROUP", "TIME"})
  void can_be_the_hosts(Kind kind) {
    assertThat(namespaceOf(kind, ns -> kind.choose(ns, Namespace.host())))
        .isEqualTo(kind.ofProcess(ProcFs.ownPid()));
  }

  @Test
  void the_file_system_can_be_the_hosts() throws IOException {
    Path file = Files.createTempFile("host", "file");
    try {
      Files.setPosixFilePermissions(
          file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
      Files.writeString(file, "of the host");
      ContainerSpec spec =
          spec(ns -> ns.mount(Namespace.host()).pid(Namespace.host()), "cat", file.toString())
              .build();

      assertThat(run(spec).expectedOut()).isEqualTo("of the host");
    } finally {
      Files.delete(file);
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void everything_can_be_the_hosts_for_root() {
    Consumer<Namespaces.Builder> all =
        ns -> Arrays.stream(Kind.values()).forEach(kind -> kind.choose(ns, Namespace.host()));
    try (Container container = runtime.start(spec(all, "cat").build())) {
      for (Kind kind : Kind.values()) {
        assertThat(kind.ofProcess(container.pid())).isEqualTo(kind.ofProcess(ProcFs.ownPid()));
      }
    }
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void the_user_namespace_cannot_be_the_hosts_for_an_ordinary_user() {
    assertThatExceptionOfType(HostUnsupportedException.class)
        .isThrownBy(() -> namespaceOf(Kind.USER, ns -> ns.user(Namespace.host())))
        .withMessageContaining("run as root");
  }

  @Test
  void what_is_hidden_in_proc_stays_hidden_in_the_hosts() {
    String script =
        "head -c 1 /proc/keys; head -c 1 /proc/timer_list; ls -d /proc/" + ProcFs.ownPid();

    assertThat(run(spec(ns -> ns.pid(Namespace.host()), "sh", "-c", script).build()).expectedOut())
        .isEqualTo("/proc/" + ProcFs.ownPid() + "\n");
  }

  @Test
  void the_hosts_network_shows_its_devices_read_only() throws IOException {
    List<String> ours;
    try (var files = Files.list(Path.of("/sys/class/net"))) {
      ours = files.map(file -> file.getFileName().toString()).toList();
    }
    Finished finished =
        run(
            spec(
                    ns -> ns.network(Namespace.host()),
                    "sh",
                    "-c",
                    "ls /sys/class/net; ls -A /sys/firmware; mkdir /sys/kernel/new")
                .build());

    assertThat(finished.out().lines()).containsExactlyInAnyOrderElementsOf(ours);
    assertThat(finished.err()).contains("Read-only");
  }

  // That of a container, or of any process.

  @ParameterizedTest
  @EnumSource
  void can_be_that_of_a_container(Kind kind) {
    try (Container first = runtime.start(spec(ns -> ns.time(Namespace.own()), "cat").build())) {
      String its = kind.ofProcess(first.pid());

      assertThat(namespaceOf(kind, ns -> kind.choose(ns, Namespace.of(first)))).isEqualTo(its);
      assertThat(namespaceOf(kind, ns -> kind.choose(ns, Namespace.ofProcess(first.pid()))))
          .isEqualTo(its);
      Path file = Path.of("/proc", Long.toString(first.pid()), "ns", kind.file);
      assertThat(namespaceOf(kind, ns -> kind.choose(ns, Namespace.ofPath(file)))).isEqualTo(its);
    }
  }

  @Test
  void all_can_be_those_of_a_container() {
    try (Container first = runtime.start(spec(ns -> ns.time(Namespace.own()), "cat").build())) {
      Consumer<Namespaces.Builder> all =
          ns -> Arrays.stream(Kind.values()).forEach(kind -> kind.choose(ns, Namespace.of(first)));
      try (Container second = runtime.start(spec(all, "cat").build())) {
        for (Kind kind : Kind.values()) {
          assertThat(kind.ofProcess(second.pid())).isEqualTo(kind.ofProcess(first.pid()));
        }
      }
    }
  }

  @Test
  void a_container_in_anothers_file_system_sees_what_that_one_writes() throws IOException {
    ContainerSpec writer = ContainerSpec.of("sh", "-c", "echo mine >/tmp/file; echo ready; cat");
    try (Container first = runtime.start(writer)) {
      first.stdout().readNBytes(6);
      Namespace its = Namespace.of(first);

      assertThat(
              run(spec(ns -> ns.mount(its).pid(its), "sh", "-c", "cat /tmp/file; ls /proc/1/exe")
                      .build())
                  .expectedOut())
          .isEqualTo("mine\n/proc/1/exe\n");
    }
  }

  @Test
  void containers_of_one_network_reach_each_other_by_loopback() throws IOException {
    try (Container server =
        runtime.start(
            ContainerSpec.of(
                // From a file, which has it at once: nc ends as soon as the client has sent all.
                "busybox",
                "sh",
                "-c",
                "echo hello >/tmp/hello; echo ready; busybox nc -l -p 80 </tmp/hello"))) {
      server.stdout().readNBytes(6);
      ContainerSpec client =
          spec(
                  ns -> ns.network(Namespace.of(server)),
                  "sh",
                  "-c",
                  "until busybox nc 127.0.0.1 80 </dev/null 2>/dev/null; do :; done")
              .timeout(LONG)
              .build();

      assertThat(run(client).expectedOut()).isEqualTo("hello\n");
    }
  }

  @Test
  void the_loopback_interface_is_up() {
    // IFF_UP|IFF_LOOPBACK; and CAP_NET_RAW, by which ping works, means something there.
    assertThat(sh("cat /sys/class/net/lo/flags; busybox ping -c 1 127.0.0.1").expectedOut())
        .startsWith("0x9\n")
        .contains("1 packets received");
  }

  @Test
  void whoever_lives_in_the_pid_namespace_of_a_container_dies_with_it() {
    try (Container first = waiting();
        Container second = runtime.start(spec(ns -> ns.pid(Namespace.of(first)), "cat").build());
        Container third = runtime.start(spec(ns -> ns.pid(Namespace.of(second)), "cat").build())) {
      first.kill();

      assertThat(first.waitFor(LONG)).isPresent();
      assertThat(second.waitFor(LONG))
          .hasValueSatisfying(it -> assertThat(it.signal()).hasValue(Signal.KILL));
      assertThat(third.waitFor(LONG)).isPresent();
    }
  }

  @Test
  void a_container_that_is_gone_cannot_be_joined() {
    Container gone = waiting();
    gone.close();
    for (Kind kind : Kind.values()) {
      assertThatThrownBy(() -> namespaceOf(kind, ns -> kind.choose(ns, Namespace.of(gone))))
          .as("%s", kind)
          .isInstanceOf(ContainerGoneException.class)
          .hasMessageContaining(gone.id());
    }
  }

  @ParameterizedTest
  @EnumSource
  void of_a_process_that_does_not_exist_is_refused(Kind kind) {
    // Above the greatest that the kernel gives on 64 bits: PID_MAX_LIMIT.
    assertThatThrownBy(
            () -> namespaceOf(kind, ns -> kind.choose(ns, Namespace.ofProcess(5_000_000))))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("5000000");
  }

  @ParameterizedTest
  @EnumSource
  void of_a_file_that_does_not_exist_is_refused(Kind kind) {
    assertThatThrownBy(
            () -> namespaceOf(kind, ns -> kind.choose(ns, Namespace.ofPath(Path.of("/no/such")))))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("/no/such");
  }

  @Test
  void of_a_file_of_another_kind_is_refused() {
    for (String path : List.of("/proc/self/ns/ipc", "/dev/null", "/usr", "/proc/self/stat")) {
      assertThatThrownBy(
              () -> namespaceOf(Kind.NETWORK, ns -> ns.network(Namespace.ofPath(Path.of(path)))))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessageContaining(path);
    }
  }

  // Names.

  @Test
  void the_host_name_is_the_containers_id_or_the_one_asked_for() throws IOException {
    String ours = Files.readString(Path.of("/proc/sys/kernel/hostname"));
    try (Container container = runtime.start(ContainerSpec.of("hostname"))) {
      assertThat(container.stdout().readText()).isEqualTo(container.id() + "\n");
    }
    ContainerSpec named =
        ContainerSpec.builder()
            .command("cat", "/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname")
            .hostname("box")
            .domainname("example.org")
            .build();

    assertThat(run(named).expectedOut()).isEqualTo("box\nexample.org\n");
    assertThat(Path.of("/proc/sys/kernel/hostname")).hasContent(ours.strip());
  }

  // Clocks.

  @Test
  @RequiresHost(Feature.TIME_NAMESPACE)
  void clocks_go_by_their_offsets() {
    ClockOffsets offsets = new ClockOffsets(Duration.ofMillis(86_400_500), Duration.ofDays(365));
    Finished finished =
        run(
            spec(
                    ns -> ns.clockOffsets(offsets),
                    "sh",
                    "-c",
                    "cat /proc/self/timens_offsets /proc/uptime")
                .build());
    List<String> lines = finished.expectedOut().lines().toList();

    assertThat(lines.get(0).split(" +")).containsExactly("monotonic", "86400", "500000000");
    assertThat(lines.get(1).split(" +")).containsExactly("boottime", "31536000", "0");
    assertThat(Double.parseDouble(lines.get(2).split(" ", 2)[0])).isGreaterThan(31_536_000);
  }

  @Test
  @RequiresHost(Feature.TIME_NAMESPACE)
  void clocks_can_go_back_but_not_to_before_the_boot() {
    ClockOffsets back = ClockOffsets.of(Duration.ofMillis(-1500));
    assertThat(
            run(spec(ns -> ns.clockOffsets(back), "cat", "/proc/self/timens_offsets").build())
                .expectedOut())
        .containsPattern("monotonic +-2 +500000000\n");

    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(
            () ->
                namespaceOf(
                    Kind.TIME, ns -> ns.clockOffsets(ClockOffsets.of(Duration.ofDays(-36_500)))))
        .satisfies(failure -> assertThat(failure.errno()).isEqualTo("ERANGE"));
  }
}
