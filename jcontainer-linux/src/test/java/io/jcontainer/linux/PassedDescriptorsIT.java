package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Rlimit;
import io.jcontainer.StartFailedException;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.ProcFs;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Descriptors beside the standard streams, and nothing else. */
@Tag("every-jdk")
@Timeout(60)
class PassedDescriptorsIT extends WithRuntime {
  private static final String LIST = "ls /proc/self/fd; ";

  private static ContainerSpec.Builder spec(String script, Consumer<ProcessSpec.Builder> change) {
    return ContainerSpec.builder().command("sh", "-c", script).process(change);
  }

  @Test
  void the_command_has_exactly_the_descriptors_of_the_spec(@TempDir Path directory)
      throws IOException {
    Path in = Files.writeString(directory.resolve("in"), "from a file\n");
    Path out = directory.resolve("out");
    Consumer<ProcessSpec.Builder> change =
        p ->
            p.descriptor(3, Stdio.text("three\n"))
                .descriptor(4, Stdio.from(in))
                .descriptor(5, Stdio.NULL)
                .descriptor(9, Stdio.to(out));
    String script = "ls /proc/self/fd >&9; cat <&3; cat <&4; cat <&5";
    for (boolean init : new boolean[] {false, true}) {
      assertThat(run(spec(script, change).init(init).build()).expectedOut())
          .isEqualTo("three\nfrom a file\n");
      // The one more is that by which ls reads the directory.
      assertThat(out).hasContent("0\n1\n2\n3\n4\n5\n6\n9\n");
    }
  }

  @Test
  void a_number_far_above_all_others_is_taken() {
    assertThat(run(spec("cat /proc/self/fd/255", p -> p.descriptor(255, Stdio.text("x"))).build()))
        .satisfies(finished -> assertThat(finished.expectedOut()).isEqualTo("x"));
    assertThat(run(spec(LIST, p -> p.descriptor(255, Stdio.NULL)).build()).expectedOut())
        .isEqualTo("0\n1\n2\n255\n3\n");
  }

  @Test
  void many_that_lie_where_the_launcher_has_its_own_are_passed() {
    Consumer<ProcessSpec.Builder> change =
        p -> {
          for (int number = 3; number < 60; number++) {
            p.descriptor(number, Stdio.text("<" + number + ">"));
          }
        };
    String script = "for n in $(seq 3 59); do cat /proc/self/fd/$n; done";
    StringBuilder expected = new StringBuilder();
    for (int number = 3; number < 60; number++) {
      expected.append('<').append(number).append('>');
    }

    assertThat(run(spec(script, change).build()).expectedOut()).isEqualTo(expected.toString());
  }

  @Test
  void an_open_file_of_the_jvm_is_passed_by_its_number(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "mine\n");
    try (FileInputStream open = new FileInputStream(file.toFile())) {
      int number = numberOf(file);
      assertThat(open.available()).isEqualTo(5);

      assertThat(run(spec("cat <&7", p -> p.descriptor(7, Stdio.descriptor(number))).build()))
          .satisfies(finished -> assertThat(finished.expectedOut()).isEqualTo("mine\n"));
    }
  }

  private static int numberOf(Path file) throws IOException {
    Path real = file.toRealPath();
    return ProcFs.descriptors(ProcFs.ownPid()).entrySet().stream()
        .filter(entry -> entry.getValue().equals(real.toString()))
        .mapToInt(entry -> Math.toIntExact(Long.parseLong(entry.getKey().toString())))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void an_exec_gets_its_own() {
    try (Container container = waiting();
        ContainerProcess process =
            container.exec(
                ProcessSpec.builder()
                    .command("sh", "-c", "cat <&3; ls /proc/self/fd")
                    .descriptor(3, Stdio.text("exec\n"))
                    .descriptor(4, Stdio.NULL)
                    .build())) {
      assertThat(process.stdout().readText()).isEqualTo("exec\n0\n1\n2\n3\n4\n5\n");
    }
  }

  @Test
  void a_limit_below_them_does_not_keep_them_out() {
    assertThat(
            run(spec(
                        "cat /proc/self/fd/50",
                        p -> p.descriptor(50, Stdio.text("x")).rlimit(Rlimit.parse("nofile=20")))
                    .build())
                .expectedOut())
        .isEqualTo("x");
  }

  @Test
  void a_command_that_is_not_there_is_told_as_ever(@TempDir Path directory) throws IOException {
    Path out = directory.resolve("out");
    for (boolean init : new boolean[] {false, true}) {
      for (int number : List.of(3, 200)) {
        ContainerSpec spec =
            ContainerSpec.builder()
                .command("no-such-command")
                .init(init)
                .process(p -> p.descriptor(number, Stdio.to(out)))
                .build();
        assertThatExceptionOfType(StartFailedException.class)
            .isThrownBy(() -> runtime.start(spec).close())
            .withMessageContaining("no-such-command")
            .satisfies(e -> assertThat(e.errno()).isEqualTo("ENOENT"));
        assertThat(out).isEmptyFile();
      }
    }
  }

  @Test
  void a_file_that_is_not_there_is_a_failure_that_names_it() {
    ContainerSpec spec =
        spec("true", p -> p.descriptor(3, Stdio.from(Path.of("/no/such/file")))).build();

    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> runtime.start(spec).close())
        .withMessageContaining("/no/such/file")
        .withMessageContaining("descriptor 3");
  }
}
