package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Sys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The JVM's keys, which whoever has its session keyring has: session-keyring(7). */
@Timeout(60)
class SessionKeyringIT extends WithRuntime {
  /** Prints the number of its session keyring, by KEYCTL_GET_KEYRING_ID, and the name of that. */
  private static final String SCRIPT =
      """
      $id = syscall(%1$d, 0, -3, 0); $is = "-" x 99; $length = syscall(%1$d, 6, -3, $is, 99);
      print "$id ", substr($is, 0, $length - 1) =~ /([^;]*)$/
      """
          .formatted(Sys.KEYCTL.number(Arch.current()));

  private static final String[] COMMAND = {"/usr/bin/perl", "-e", SCRIPT};

  @BeforeAll
  static void needPerl() {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/perl")), "no /usr/bin/perl, which can make any call");
  }

  @Test
  void each_container_has_a_session_keyring_of_its_own() throws IOException {
    String one = run(ContainerSpec.of(COMMAND)).expectedOut();
    String other = run(ContainerSpec.of(COMMAND)).expectedOut();

    assertThat(one).endsWith(" _ses").isNotEqualTo(other).isNotEqualTo(outside());
    assertThat(other).endsWith(" _ses");
  }

  @Test
  void a_process_that_joins_a_container_has_none_of_the_jvms_keys_either() throws IOException {
    try (Container container = waiting();
        ContainerProcess process = container.exec(COMMAND)) {
      String out = process.stdout().readText();
      assertThat(process.waitFor()).isEqualTo(ExitStatus.exited(0));
      assertThat(out).endsWith(" _ses").isNotEqualTo(outside());
    }
  }

  private static String outside() throws IOException {
    Process process = new ProcessBuilder(COMMAND).start();
    return new String(process.getInputStream().readAllBytes(), UTF_8);
  }
}
