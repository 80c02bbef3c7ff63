package io.jcontainer.linux.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RunningProcessTest {
  private static final String REST =
      " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21 22\n";

  private final Kernel kernel = new JnaKernel();

  @Test
  void the_start_time_is_found_behind_whatever_the_name_is() {
    assertThat(RunningProcess.startTime("1 (sh)" + REST)).hasValue(4242);
    assertThat(RunningProcess.startTime("1 (a) S 1 (b)" + REST)).hasValue(4242);
    assertThat(RunningProcess.startTime("1 ( )) )" + REST)).hasValue(4242);
    assertThat(RunningProcess.startTime("")).isEmpty();
    assertThat(RunningProcess.startTime("1 (sh) S 1 2")).isEmpty();
  }

  @Test
  void a_process_is_opened_by_its_number_and_start_and_by_nothing_else() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    try {
      int pid = Math.toIntExact(process.pid());
      long started = RunningProcess.startTime(pid).orElseThrow();
      try (Fd pidfd = RunningProcess.open(kernel, pid, started).orElseThrow()) {
        assertThat(RunningProcess.open(kernel, pid, started - 1)).isEmpty();
        assertThat(RunningProcess.open(kernel, pid, started + 1)).isEmpty();
        assertThat(RunningProcess.hasEnded(kernel, pidfd, 0)).isFalse();

        process.destroyForcibly().waitFor();

        assertThat(RunningProcess.hasEnded(kernel, pidfd, -1)).isTrue();
        assertThat(RunningProcess.open(kernel, pid, started)).isEmpty();
      }
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void a_thread_is_no_process() throws IOException {
    int thread = 0;
    try (var tasks = java.nio.file.Files.list(java.nio.file.Path.of("/proc/self/task"))) {
      thread =
          tasks
              .mapToInt(task -> Integer.parseInt(task.getFileName().toString()))
              .filter(task -> task != ProcessHandle.current().pid())
              .findFirst()
              .orElseThrow();
    }
    OptionalLong started = RunningProcess.startTime(thread);
    assertThat(started).isPresent();

    Optional<Fd> opened = RunningProcess.open(kernel, thread, started.getAsLong());

    assertThat(opened).isEmpty();
  }
}
