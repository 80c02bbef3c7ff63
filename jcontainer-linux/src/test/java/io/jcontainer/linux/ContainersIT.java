package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.Container;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Namespace;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Signal;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers as other JVMs see them, and what these may do with them. */
@Tag("every-jdk")
@Timeout(120)
class ContainersIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String TRAP = "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done";

  /** A JVM that starts what it is told to; it tells the pid, and how it ends. */
  static final class Starter {
    public static void main(String[] arguments) throws IOException {
      ContainerRuntime runtime =
          ContainerRuntime.create(options().withStateDirectory(Path.of(arguments[0])));
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ", 2);
        try {
          switch (words[0]) {
            case "start" -> {
              Container container = runtime.start(spec(words[1]));
              var unused =
                  container.onExit().thenAccept(exit -> System.out.println("ended " + exit));
              System.out.println(container.id());
            }
            case "exec" -> {
              ContainerHandle handle = runtime.find(words[1]).orElseThrow();
              System.out.println(handle.exec("sleep", "1000").pid());
            }
            case "list" -> System.out.println(runtime.containers());
            case "close" -> {
              runtime.close();
              System.out.println("closed");
            }
            default -> throw new IllegalArgumentException(line);
          }
        } catch (InvalidSpecException e) {
          System.out.println(e.getMessage());
        }
      }
    }

    private static ContainerSpec spec(String kind) {
      ContainerSpec.Builder builder = ContainerSpec.builder().command("sleep", "1000");
      return switch (kind) {
        case "init" -> builder.init(true).build();
        case "trap" -> builder.command("sh", "-c", TRAP).build();
        case "few" ->
            builder.process(p -> p.capabilities(Capabilities.none().with(Capability.KILL))).build();
        case "host-pid" ->
            builder
                .init(true)
                .command("sh", "-c", "sleep 1000 & setsid sleep 1000 & sleep 1000")
                .namespaces(ns -> ns.pid(Namespace.host()))
                .build();
        case "plain" -> builder.build();
        default -> builder.name(kind).build();
      };
    }
  }

  /** Of its own: other programs of the user have containers, too. */
  private static final Path STATE = makeState();

  private final JvmFork other;

  ContainersIT() {
    super(options().withStateDirectory(STATE));
    other = start(Starter.class);
  }

  private static Path makeState() {
    try {
      return Files.createTempDirectory("containers-it");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JvmFork start(Class<?> main) {
    return JvmFork.start(main, STATE.toString());
  }

  @AfterAll
  void closeOther() throws IOException {
    other.close();
    runtime.close();
    MoreFiles.deleteRecursively(STATE, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  private static String ask(JvmFork jvm, String request) {
    try {
      OutputStream in = jvm.process().getOutputStream();
      in.write((request + "\n").getBytes(StandardCharsets.UTF_8));
      in.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return jvm.readLine(LONG);
  }

  private ContainerHandle startElsewhere(String kind) {
    return runtime.find(ask(other, "start " + kind)).orElseThrow();
  }

  private void killed(ContainerHandle handle) {
    handle.kill();
    assertThat(other.readLine(LONG)).isEqualTo("ended killed by signal 9");
    assertThat(handle.isAlive()).isFalse();
    assertThat(runtime.find(handle.id())).isEmpty();
  }

  private static String out(ContainerProcess process) {
    try (process) {
      String text = process.stdout().readText();
      assertThat(process.waitFor()).as(process.stderr().readText()).isEqualTo(ExitStatus.exited(0));
      return text;
    }
  }

  @Test
  void a_container_of_another_jvm_is_listed_with_what_is_known_of_it() {
    Instant before = Instant.now().minusMillis(1);
    ContainerHandle handle = startElsewhere("named.1");

    assertThat(handle.name()).contains("named.1");
    assertThat(runtime.find("named.1")).contains(handle);
    assertThat(runtime.find(handle.id().substring(0, 8))).contains(handle);
    assertThat(handle.command()).containsExactly("sleep", "1000");
    assertThat(handle.startedAt()).isBetween(before, Instant.now());
    assertThat(handle.ownerPid()).isEqualTo(other.pid());
    assertThat(ProcFs.stat(handle.pid()).orElseThrow().parent()).isEqualTo(other.pid());
    assertThat(handle.isAlive()).isTrue();
    assertThat(ask(other, "list")).contains(handle.toString());
    killed(handle);
  }

  @Test
  void those_of_this_jvm_and_of_others_are_in_one_list_the_oldest_first() {
    try (Container first = waiting()) {
      ContainerHandle second = startElsewhere("plain");
      try (ContainerRuntime neighbour =
              ContainerRuntime.create(options().withStateDirectory(STATE));
          Container third = neighbour.start(ContainerSpec.of("cat"))) {
        List<ContainerHandle> all = List.of(first.toHandle(), second, third.toHandle());

        assertThat(runtime.containers()).containsExactlyElementsOf(all);
        assertThat(neighbour.containers()).containsExactlyElementsOf(all);
      }
      killed(second);
    }
    assertThat(runtime.containers()).isEmpty();
  }

  @Test
  void what_has_ended_is_not_listed_whether_it_is_closed_or_not() {
    try (Container container = runtime.start(ContainerSpec.of("true"))) {
      container.waitFor();
      assertThat(runtime.containers()).isEmpty();
      assertThat(container.toHandle().isAlive()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "init", "few"})
  void a_process_can_join_it_with_its_namespaces_root_and_rights(String kind) {
    String script =
        "readlink /proc/self/ns/mnt /proc/1/ns/mnt /proc/self/ns/pid; hostname; pwd;"
            + " grep -E '^(Cap|NoNewPrivs|Uid|Gid|Groups)' /proc/self/status; echo $HOME";
    ContainerHandle handle = startElsewhere(kind);

    List<String> lines = out(handle.exec("sh", "-c", script)).lines().toList();

    ContainerSpec.Builder alike = ContainerSpec.builder().command("sh", "-c", script);
    if (kind.equals("few")) {
      alike.process(p -> p.capabilities(Capabilities.none().with(Capability.KILL)));
    }
    List<String> asFirst = run(alike.build()).out().lines().toList();
    assertThat(lines).contains(handle.id(), "/");
    assertThat(lines.get(0)).isNotEqualTo(asFirst.get(0));
    assertThat(lines.subList(lines.indexOf("/"), lines.size()))
        .isEqualTo(asFirst.subList(asFirst.indexOf("/"), asFirst.size()));
    killed(handle);
  }

  @Test
  void no_process_gets_a_capability_that_the_container_has_not() {
    ContainerHandle handle = startElsewhere("few");
    ContainerSpec alike =
        ContainerSpec.builder()
            .command("cat")
            .process(p -> p.capabilities(Capabilities.none().with(Capability.KILL)))
            .build();
    ProcessSpec more =
        ProcessSpec.builder()
            .command("true")
            .capabilities(Capabilities.none().with(Capability.CHOWN))
            .build();
    try (Container own = runtime.start(alike)) {
      for (ContainerHandle container : List.of(handle, own.toHandle())) {
        assertThatThrownBy(() -> container.exec(more))
            .isInstanceOf(InvalidSpecException.class)
            .hasMessage("capabilities: the container itself has no [CAP_CHOWN]");
        assertThat(out(container.exec("grep", "CapEff", "/proc/self/status")))
            .isEqualTo("CapEff:\t0000000000000020\n");
      }
    }
    killed(handle);
  }

  /** The init is not dumpable, so nobody but root may look at its namespaces. */
  @Test
  void a_container_with_an_init_can_be_joined_by_its_own_jvm() {
    ContainerSpec spec = ContainerSpec.builder().command("cat").init(true).build();
    try (Container container = runtime.start(spec)) {
      assertThat(out(container.exec("hostname"))).isEqualTo(container.id() + "\n");
      ContainerSpec second =
          ContainerSpec.builder()
              .command("hostname")
              .namespaces(ns -> ns.uts(Namespace.of(container)).user(Namespace.of(container)))
              .build();
      assertThat(run(second).out()).isEqualTo(container.id() + "\n");
    }
  }

  @Test
  void a_signal_and_a_stop_reach_it() {
    ContainerHandle trapped = startElsewhere("trap");
    assertThat(Poll.until(LONG, () -> hasChild(trapped))).isTrue(); // the trap is set before
    trapped.stop(LONG);
    assertThat(other.readLine(LONG)).isEqualTo("ended exited with 3");

    ContainerHandle deaf = startElsewhere("plain");
    deaf.signal(Signal.TERM); // from which the kernel spares process 1
    deaf.stop(Duration.ofMillis(50));
    assertThat(deaf.isAlive()).isFalse();
    assertThat(other.readLine(LONG)).isEqualTo("ended killed by signal 9");

    deaf.signal(Signal.TERM);
    deaf.kill();
    deaf.stop(Duration.ZERO);
    assertThatThrownBy(() -> deaf.exec("true")).isInstanceOf(ContainerGoneException.class);
  }

  private static boolean hasChild(ContainerHandle handle) {
    return !ProcFs.children(handle.pid()).isEmpty();
  }

  @Test
  void killing_one_with_an_init_in_the_hosts_pid_namespace_ends_all_that_came_from_it() {
    ContainerHandle handle = startElsewhere("host-pid");
    assertThat(Poll.until(LONG, () -> sleepers(handle).size() == 3)).isTrue();
    List<Long> sleepers = sleepers(handle);

    killed(handle);

    assertThat(sleepers).allMatch(pid -> ProcFs.awaitGone(pid, LONG));
  }

  private static List<Long> sleepers(ContainerHandle handle) {
    List<Long> sleepers = new ArrayList<>();
    ProcessHandle.of(handle.pid()).stream()
        .flatMap(ProcessHandle::descendants)
        .filter(
            process -> ProcFs.stat(process.pid()).filter(s -> s.comm().equals("sleep")).isPresent())
        .forEach(process -> sleepers.add(process.pid()));
    return sleepers;
  }

  @Test
  void a_container_that_another_jvm_has_joined_ends_all_the_same() {
    try (Container container = waiting()) {
      long joined = Long.parseLong(ask(other, "exec " + container.id()));
      assertThat(ProcFs.stat(joined).orElseThrow().parent()).isEqualTo(other.pid());

      container.kill();

      assertThat(container.waitFor(LONG)).contains(ExitStatus.signaled(9));
      assertThat(ProcFs.awaitGone(joined, LONG)).isTrue();
    }
  }

  @Test
  void a_process_in_it_dies_with_the_jvm_that_has_started_it_and_the_container_goes_on() {
    try (Container container = waiting();
        JvmFork guest = start(Starter.class)) {
      long joined = Long.parseLong(ask(guest, "exec " + container.id()));

      guest.kill9();

      assertThat(ProcFs.awaitGone(joined, LONG)).isTrue();
      assertThat(out(container.exec("hostname"))).isEqualTo(container.id() + "\n");
      container.kill();
      assertThat(container.waitFor(LONG)).contains(ExitStatus.signaled(9));
    }
  }

  @Test
  void a_process_in_it_is_ended_with_the_runtime_that_has_started_it() {
    try (Container container = waiting();
        JvmFork guest = start(Starter.class)) {
      long joined = Long.parseLong(ask(guest, "exec " + container.id()));

      assertThat(ask(guest, "close")).isEqualTo("closed");

      assertThat(ProcFs.stat(joined)).isEmpty();
      assertThat(container.isAlive()).isTrue();
    }
  }

  @Test
  void nothing_of_a_jvm_that_is_killed_is_listed_and_what_has_joined_its_containers_ends() {
    try (JvmFork doomed = start(Starter.class)) {
      ContainerHandle handle = runtime.find(ask(doomed, "start doomed")).orElseThrow();
      try (ContainerProcess process = handle.exec("sleep", "1000")) {
        doomed.kill9();

        assertThat(process.waitFor(LONG)).contains(ExitStatus.signaled(9));
        assertThat(Poll.until(LONG, () -> runtime.containers().isEmpty())).isTrue();
        assertThat(ProcFs.awaitGone(handle.pid(), LONG)).isTrue();
        assertThat(handle.isAlive()).isFalse();
      }
    }
    // Its name is free again.
    try (Container again =
        runtime.start(ContainerSpec.builder().command("cat").name("doomed").build())) {
      assertThat(runtime.find("doomed")).contains(again.toHandle());
    }
  }

  @Test
  void a_name_is_one_containers_at_a_time() {
    ContainerSpec spec = ContainerSpec.builder().command("cat").name("only").build();
    try (Container container = runtime.start(spec)) {
      String message =
          "name: \"only\" is the name of container %s, which JVM %d has started"
              .formatted(container.id(), ProcFs.ownPid());
      assertThatThrownBy(() -> runtime.start(spec))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessage(message);
      assertThat(ask(other, "start only")).isEqualTo(message);
    }
    runtime.start(spec).close();
  }

  /** Starts containers of one name as fast as it can, and tells if somebody else has it too. */
  static final class Racer {
    public static void main(String[] arguments) throws IOException {
      ContainerSpec spec = ContainerSpec.builder().command("sleep", "1000").name("raced").build();
      try (ContainerRuntime runtime =
          ContainerRuntime.create(options().withStateDirectory(Path.of(arguments[0])))) {
        runtime.start(ContainerSpec.of("true")).close();
        System.out.println("ready");
        System.in.read();
        int won = 0;
        int lost = 0;
        while (won < 60) {
          try (Container container = runtime.start(spec)) {
            Optional<ContainerHandle> only =
                runtime.containers().stream()
                    .filter(handle -> handle.name().equals(Optional.of("raced")))
                    .reduce(
                        (a, b) -> {
                          throw new AssertionError("both " + a + " and " + b);
                        });
            if (!only.equals(Optional.of(container.toHandle()))) {
              throw new AssertionError(only + " is not " + container);
            }
            won++;
          } catch (InvalidSpecException e) {
            lost++;
          }
        }
        System.out.println(lost);
      }
    }
  }

  @Test
  void of_two_jvms_that_race_for_a_name_never_both_have_it() throws IOException {
    try (JvmFork one = start(Racer.class);
        JvmFork two = start(Racer.class)) {
      for (JvmFork each : List.of(one, two)) {
        assertThat(each.readLine(LONG)).isEqualTo("ready");
      }
      for (JvmFork each : List.of(one, two)) {
        each.process().getOutputStream().close(); // go
      }
      Duration patience = LONG.multipliedBy(3);
      int lost =
          Integer.parseInt(one.readLine(patience)) + Integer.parseInt(two.readLine(patience));
      assertThat(lost).as("how often they met").isPositive();
    }
  }
}
