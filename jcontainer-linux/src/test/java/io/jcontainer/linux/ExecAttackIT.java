package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Stdio;
import io.jcontainer.linux.plan.Arch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a container's processes try against those that join them. */
@Timeout(120)
class ExecAttackIT extends WithRuntime {
  private static final int EXECS = 500;

  /**
   * CVE-2016-9962: attaches to whatever appears, says what it has got hold of, and lets go.
   * PTRACE_SEIZE is 0x4206, PTRACE_DETACH 17; a process that is attached to shows its exe link.
   */
  private static final String TRACER =
      """
      $| = 1; $tracer = $$; print "ready\\n";
      while (!-e '/tmp/enough') {
        opendir($proc, '/proc'); @pids = grep { /^[0-9]+$/ && $_ != $tracer } readdir($proc);
        closedir($proc);
        foreach $pid (@pids) {
          $tried++;
          next if syscall($ptrace + 0, 0x4206, $pid + 0, 0, 0) != 0;
          $exe = readlink("/proc/$pid/exe"); kill('STOP', $pid); waitpid($pid, 0x40000000);
          syscall($ptrace + 0, 17, $pid + 0, 0, 0); kill('CONT', $pid);
          $got{$exe}++;
        }
      }
      print "tried\\n" if $tried > 100;
      print "$_\\n" foreach sort keys %got;
      """;

  @BeforeAll
  static void needPerl() {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/perl")), "no /usr/bin/perl, which can make any call");
  }

  @Test
  void nobody_in_a_container_gets_hold_of_a_process_that_joins_it() throws IOException {
    int ptrace = Arch.current() == Arch.X86_64 ? 101 : 117;
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("perl", "-s", "-e", TRACER, "--", "-ptrace=" + ptrace)
            .capabilities(Capabilities.defaults().with(Capability.SYS_PTRACE))
            .stderr(Stdio.INHERIT)
            .build();
    ProcessSpec joining =
        ProcessSpec.builder()
            .command("/bin/true")
            .stdin(Stdio.NULL)
            .stdout(Stdio.NULL)
            .stderr(Stdio.NULL)
            .build();
    try (Container container = runtime.start(spec);
        BufferedReader out = new BufferedReader(new InputStreamReader(container.stdout(), UTF_8))) {
      assertThat(out.readLine()).isEqualTo("ready");
      for (int i = 0; i < EXECS; i++) {
        try (ContainerProcess process = container.exec(joining)) {
          // Stopped for a moment if it was attached to, but it ends.
          assertThat(process.onExit()).succeedsWithin(20, TimeUnit.SECONDS);
        }
      }
      try (ContainerProcess enough = container.exec("touch", "/tmp/enough")) {
        enough.waitFor(); // killed, if process 1 has seen the file and ended before it
      }
      assertThat(out.readLine()).isEqualTo("tried");
      assertThat(out.lines()).noneMatch(exe -> exe.contains("launcher"));
      assertThat(container.waitFor()).isEqualTo(ExitStatus.exited(0));
    }
  }

  /** Each of these processes is the parent of the next. */
  private static final String LINE =
      "$| = 1; for (1..400) { $pid = fork; die if !defined $pid; if ($pid) { sleep 100; exit } }"
          + " print 'ready'; sleep 100";

  @Test
  void of_a_long_line_of_processes_none_outlives_the_kill() throws IOException {
    try (Container container = runtime.start(ContainerSpec.builder().command("cat").build())) {
      try (ContainerProcess line = container.exec("perl", "-e", LINE)) {
        assertThat(line.stdout().read()).isEqualTo('r');
      }
      try (ContainerProcess left = container.exec("pgrep", "-r", "S,R,D,T", "perl")) {
        assertThat(left.stdout().readText()).isEmpty();
        assertThat(left.waitFor()).isEqualTo(ExitStatus.exited(1));
      }
    }
  }
}
