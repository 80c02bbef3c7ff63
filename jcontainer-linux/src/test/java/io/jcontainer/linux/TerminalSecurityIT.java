package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.ProcessSpec;
import io.jcontainer.StartFailedException;
import io.jcontainer.Stdio;
import io.jcontainer.Terminal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.fixtures.StaticElf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Neither a root nor a process of a container can make its terminal something else. */
@Timeout(60)
@RequiresHost({Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class TerminalSecurityIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  @HostRootedTempDir private Path directory = Path.of("/"); // replaced before each test

  // Roots that lead elsewhere: CVE-2025-52565.

  @ParameterizedTest
  @ValueSource(strings = {"dev", "dev/pts", "dev/ptmx", "dev/console", "dev/pts/0"})
  void links_in_a_layer_where_terminals_belong_lead_nowhere(String link) throws IOException {
    Path canary = Files.createDirectories(directory.resolve("canary"));
    for (String name : List.of("0", "console", "ptmx", "pts")) {
      Files.writeString(canary.resolve(name), "sings");
    }
    Path root = RootfsFixtures.busyboxRoot(directory.resolve("root"));
    Path at = root.resolve(link);
    Files.createDirectories(at.getParent());
    Files.deleteIfExists(at);
    Files.createSymbolicLink(at, link.equals("dev") ? canary : canary.resolve("console"));
    Map<String, String> before = TreeHash.of(directory);

    for (LayeredRootfs rootfs :
        List.of(LayeredRootfs.directory(root), LayeredRootfs.directory(root).readOnly())) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .rootfs(rootfs)
              .command(
                  "sh", "-c", "tty; stat -c %t:%T /dev/console /dev/ptmx; echo up >/dev/console")
              .terminal(Terminal.DEFAULT)
              .timeout(LONG)
              .build();
      try (Container container = runtime.start(spec)) {
        assertThat(new Screen(container).rest()).startsWith("/dev/pts/0\n88:0\n").endsWith("up\n");
        assertThat(container.waitFor()).isEqualTo(ExitStatus.exited(0));
      }
    }
    assertThat(TreeHash.of(directory)).isEqualTo(before);
  }

  // A container that has replaced what a further process opens.

  @ParameterizedTest
  @CsvSource({
    "rm /dev/ptmx, ENOENT, openat2",
    "ln -sf null /dev/ptmx, ENOTTY, stx_rdev == 5:2",
    "ln -sf pts/0 /dev/ptmx, ENOTTY, stx_rdev == 5:2",
    "ln -sf console /dev/ptmx, ENOTTY, stx_rdev == 5:2",
    "ln -sf tty /dev/ptmx, ENXIO, openat2",
    "ln -sf /proc/self/fd/3 /dev/ptmx, ELOOP, openat2",
    "ln -sf /proc/1/fd/0 /dev/ptmx, ELOOP, openat2",
    "ln -sf /etc/passwd /dev/ptmx, ENOTTY, S_IFCHR",
    "rm /dev/ptmx; mkfifo /dev/ptmx, ENOTTY, S_IFCHR",
    "rm /dev/ptmx; mkdir /dev/ptmx, EISDIR, openat2"
  })
  void a_replaced_ptmx_is_an_error_and_no_other_descriptor(
      String attack, String errno, String step) {
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.host().writable())
            .command("sh", "-c", attack + "; echo up; cat")
            .terminal(Terminal.DEFAULT)
            .timeout(LONG)
            .build();
    ProcessSpec process =
        ProcessSpec.builder().command("true").terminal(Terminal.DEFAULT).timeout(LONG).build();
    try (Container container = runtime.start(spec)) {
      Screen screen = new Screen(container);
      screen.await("up\r\n");

      StartFailedException failure =
          catchThrowableOfType(StartFailedException.class, () -> container.exec(process));

      assertThat(failure).as(attack).isNotNull();
      assertThat(failure.errno()).as(attack).isEqualTo(errno);
      assertThat(failure.step().call()).contains(step);
      assertThat(failure.hint()).get().asString().contains("/dev/ptmx");
      screen.type("still mine\r").await("still mine\r\nstill mine\r\n");
    }
  }

  // Typing at the JVM's terminal: CVE-2017-5226.

  /** Runs in a JVM that has a terminal, and tells how it went by its exit status. */
  static final class HasATerminal {
    public static void main(String[] arguments) throws Exception {
      ContainerSpec.Builder spec =
          ContainerSpec.builder()
              .rootfs(LayeredRootfs.directory(Path.of(arguments[0])).readOnly())
              .command("/bin/sh", "-c", "/type; echo $?; cat /dev/tty; /enter")
              .timeout(LONG);
      try (ContainerRuntime runtime = ContainerRuntime.create()) {
        // The JVM's terminal is all that it has.
        ContainerSpec given = spec.stdin(Stdio.INHERIT).stderr(Stdio.STDOUT).build();
        String refused;
        try (Container container = runtime.start(given)) {
          refused = container.stdout().readText().replaceAll("\\s+", " ");
        }
        // It has one of its own.
        ContainerSpec own =
            spec.stdin(Stdio.PIPE)
                .stderr(Stdio.PIPE)
                .command("/bin/sh", "-c", "/type; /enter; :")
                .terminal(Terminal.DEFAULT)
                .build();
        try (Container container = runtime.start(own)) {
          container.stdout().readText();
        }
        int typed = System.in.available();
        // What nothing keeps from it can do it, if the kernel lets anybody.
        Process outside =
            new ProcessBuilder(arguments[0] + "/type")
                .redirectInput(ProcessBuilder.Redirect.INHERIT)
                .start();
        System.out.printf("outside %d, inside <%s>, %d typed%n", outside.waitFor(), refused, typed);
      }
    }
  }

  @Test
  @RequiresHost(Feature.SCRIPT)
  void a_container_cannot_type_at_the_terminal_of_its_jvm() throws Exception {
    Path root = RootfsFixtures.busyboxRoot(directory.resolve("root"));
    StaticElf.typing('x').writeTo(root.resolve("type"));
    StaticElf.typing('\n').writeTo(root.resolve("enter"));
    String command =
        String.join(
            " ",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "'" + HasATerminal.class.getName() + "'", // script(1) gives it to a shell
            root.toString());
    Process script = new ProcessBuilder("script", "-q", "-e", "-c", command, "/dev/null").start();
    try {
      String shown = new String(script.getInputStream().readAllBytes(), UTF_8);
      assertThat(script.waitFor()).as(shown).isZero();
      // EPERM, or EIO where the kernel has TIOCSTI switched off; and no /dev/tty.
      assertThat(shown)
          .containsPattern(
              "(outside 0, inside <1|outside 5, inside <5) cat: .*/dev/tty.*>, 0 typed");
    } finally {
      script.destroyForcibly().waitFor();
    }
  }
}
