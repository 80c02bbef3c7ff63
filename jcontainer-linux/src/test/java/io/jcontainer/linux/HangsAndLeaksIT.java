package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What users of docker-java have met when they worked with streams: eight of the threads of
 * github.com/docker-java/docker-java/issues, each as a claim about ours.
 */
@Tag("every-jdk")
@Timeout(60)
class HangsAndLeaksIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  /**
   * 1350: after an attach with standard input and a followed stream, threads ran at 100% of a
   * processor each for hours; with another transport, the sixth call was never answered.
   */
  @Test
  void waiting_for_a_stream_takes_no_processor_time_however_many_wait() throws Exception {
    List<Container> containers = new ArrayList<>();
    List<FutureTask<Long>> readers = new ArrayList<>();
    try {
      for (int i = 0; i < 7; i++) {
        Container container = runtime.start(ContainerSpec.of("sh", "-c", "sleep 1; echo late"));
        containers.add(container);
        FutureTask<Long> reader =
            new FutureTask<>(
                () -> {
                  assertThat(container.stdout().readText()).isEqualTo("late\n");
                  return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                });
        readers.add(reader);
        new Thread(reader).start();
      }
      assertThat(sh("echo answered").expectedOut()).isEqualTo("answered\n");

      List<Long> times = new ArrayList<>();
      for (FutureTask<Long> reader : readers) {
        times.add(reader.get(20, TimeUnit.SECONDS));
      }
      // Whoever is the first to do something has classes loaded for it.
      Collections.sort(times);
      assertThat(Duration.ofNanos(times.get(times.size() / 2))).isLessThan(Duration.ofMillis(200));
    } finally {
      containers.forEach(Container::close);
    }
  }

  /**
   * 1455: a thread stayed in read(2) for ever when the response of a command that wrote nothing, or
   * nothing any more, was closed.
   */
  @Test
  void closing_the_stream_of_a_silent_command_ends_its_reader() throws Exception {
    try (Container silent = runtime.start(ContainerSpec.of("tail", "-f", "/dev/null"))) {
      FutureTask<Integer> read = new FutureTask<>(() -> silent.stdout().read());
      Thread reader = new Thread(read);
      reader.start();
      silent.stdout().close();
      reader.join(LONG.toMillis());

      assertThat(reader.isAlive()).isFalse();
      assertThat(silent.isAlive()).isTrue();
    }
  }

  /** 1552: "cat" with a stream of bytes as its input never came to its end. */
  @Test
  void input_that_is_given_as_bytes_has_an_end() {
    ContainerSpec spec =
        ContainerSpec.builder().command("cat").stdin(Stdio.text("Hello World")).build();
    try (Container cat = runtime.start(spec)) {
      assertThat(cat.stdout().readText()).isEqualTo("Hello World");
      assertThat(cat.waitFor(LONG)).contains(ExitStatus.exited(0));
    }
  }

  /** 1684: standard input stayed open in the container when it was closed outside. */
  @Test
  void closing_standard_input_reaches_the_command() throws IOException {
    try (Container cat = runtime.start(ContainerSpec.of("cat"))) {
      cat.stdin().writeText("last words");
      cat.stdin().close();

      assertThat(cat.stdout().readText()).isEqualTo("last words");
      assertThat(cat.waitFor(LONG)).contains(ExitStatus.exited(0));
    }
  }

  /** 581: of two commands that ran at the same time, both stood still. */
  @Test
  void two_commands_at_the_same_time_do_not_wait_for_each_other() throws Exception {
    try (Container one = waiting();
        Container other = waiting()) {
      FutureTask<byte[]> reading = new FutureTask<>(() -> one.stdout().readNBytes(4));
      new Thread(reading).start();
      for (int i = 0; i < 100; i++) {
        other.stdin().writeText("ping");
        assertThat(other.stdout().readNBytes(4)).isEqualTo("ping".getBytes(UTF_8));
      }
      assertThat(reading.isDone()).isFalse();
      one.stdin().writeText("pong");

      assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo("pong".getBytes(UTF_8));
    }
  }

  /**
   * 481: whoever waited for the end of a command hung in the reading of its output; and if its
   * input ended at once, its output was lost.
   */
  @Test
  void output_is_whole_and_has_an_end_whatever_becomes_of_the_input() throws IOException {
    ContainerSpec spec = ContainerSpec.of("sh", "-c", "echo whole");
    try (Container inputStaysOpen = runtime.start(spec);
        Container inputEndsAtOnce = runtime.start(spec)) {
      inputEndsAtOnce.stdin().close();

      assertThat(inputStaysOpen.stdout().readText()).isEqualTo("whole\n");
      assertThat(inputEndsAtOnce.stdout().readText()).isEqualTo("whole\n");
      assertThat(inputStaysOpen.waitFor(LONG)).contains(ExitStatus.exited(0));
      assertThat(inputEndsAtOnce.waitFor(LONG)).contains(ExitStatus.exited(0));
    }
  }

  /**
   * 181: closing a stream was not enough, it had to be read to its end, which a followed log does
   * not have; so the second one waited for a connection for ever.
   */
  @Test
  void closing_a_stream_that_was_read_in_part_gives_back_all_it_had() throws IOException {
    long before = ofStreams();
    for (int i = 0; i < 20; i++) {
      ContainerSpec spec =
          ContainerSpec.builder().command("yes").stdin(Stdio.NULL).stderr(Stdio.NULL).build();
      try (Container endless = runtime.start(spec)) {
        assertThat(endless.stdout().read()).isEqualTo('y');
        endless.stdout().close();

        assertThat(ofStreams()).isEqualTo(before);
        assertThat(endless.waitFor(LONG)).isPresent(); // nobody can read any more
      }
    }
  }

  /**
   * Pipes, and what wakes their readers; a start has others, some of which are closed behind it.
   */
  private static long ofStreams() throws IOException {
    return ProcFs.descriptors(ProcFs.ownPid()).values().stream()
        .filter(target -> target.startsWith("pipe:") || target.equals("anon_inode:[eventfd]"))
        .count();
  }

  /** 1434: commands that nobody closed left threads and memory outside of the heap behind. */
  @Test
  void what_nobody_closes_keeps_no_thread_once_it_has_ended() {
    Set<String> before = threads();
    List<Container> forgotten = new ArrayList<>();
    try {
      for (int i = 0; i < 30; i++) {
        List<String> lines = new ArrayList<>();
        ContainerSpec spec =
            ContainerSpec.builder()
                .command("sh", "-c", "echo out; echo err >&2")
                .stderr(Stdio.lines(lines::add))
                .build();
        Container container = runtime.start(spec);
        forgotten.add(container);
        assertThat(container.stdout().readText()).isEqualTo("out\n");
        assertThat(container.waitFor(LONG)).isPresent();
      }
      assertThat(Poll.until(LONG, () -> before.containsAll(threads())))
          .as("threads: %s", threads())
          .isTrue();
    } finally {
      forgotten.forEach(Container::close);
    }
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("jcontainer"))
        .collect(Collectors.toSet());
  }
}
