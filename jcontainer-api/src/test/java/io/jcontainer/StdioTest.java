package io.jcontainer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StdioTest {
  private static final Stdio LINES = Stdio.lines(line -> {});
  private static final Path FILE = Path.of("file");

  private static void build(UnaryOperator<ProcessSpec.Builder> choice) {
    choice.apply(ProcessSpec.builder().command("true")).build();
  }

  private static void assertRefused(
      String field, String why, UnaryOperator<ProcessSpec.Builder> choice) {
    assertThatThrownBy(() -> build(choice))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field))
        .hasMessageContaining(why);
  }

  @Test
  void what_fits_every_stream_is_taken_for_each() {
    for (Stdio choice : new Stdio[] {Stdio.PIPE, Stdio.INHERIT, Stdio.NULL, Stdio.descriptor(0)}) {
      build(spec -> spec.stdin(choice).stdout(choice).stderr(choice));
    }
  }

  @Test
  void input_is_for_stdin_only() {
    for (Stdio choice : new Stdio[] {Stdio.from(FILE), Stdio.text(""), Stdio.bytes(new byte[1])}) {
      build(spec -> spec.stdin(choice));
      assertRefused("stdout", "is for stdin", spec -> spec.stdout(choice));
      assertRefused("stderr", "for stdin", spec -> spec.stderr(choice));
    }
  }

  @Test
  void output_is_for_stdout_and_stderr_only() {
    for (Stdio choice : new Stdio[] {Stdio.to(FILE), Stdio.appendTo(FILE), LINES}) {
      build(spec -> spec.stdout(choice).stderr(choice));
      assertRefused("stdin", "for stdout and stderr", spec -> spec.stdin(choice));
    }
  }

  @Test
  void only_stderr_can_be_merged() {
    build(spec -> spec.stderr(Stdio.STDOUT));
    assertRefused("stdout", "is for stderr", spec -> spec.stdout(Stdio.STDOUT));
    assertRefused("stdin", "is for stderr", spec -> spec.stdin(Stdio.STDOUT));
  }

  @Test
  void what_the_kernel_cannot_open_is_refused(@TempDir Path directory) throws IOException {
    assertRefused("stdin", "-1", spec -> spec.stdin(Stdio.descriptor(-1)));
    assertRefused("stdin", "empty", spec -> spec.stdin(Stdio.from(Path.of(""))));
    URI zip = URI.create("jar:" + directory.resolve("a.zip").toUri());
    try (FileSystem other = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
      Path inside = other.getPath("/in");
      assertRefused("stdin", "kernel", spec -> spec.stdin(Stdio.from(inside)));
      assertRefused("stdout", "kernel", spec -> spec.stdout(Stdio.appendTo(inside)));
    }
  }

  @Test
  void a_spec_names_the_field_of_its_process() {
    assertThatThrownBy(
            () -> ContainerSpec.builder().command("true").stdout(Stdio.text("x")).build())
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("stdout"));
  }

  @Test
  void bytes_are_copied_and_compared_and_not_printed() {
    byte[] content = "secret".getBytes(UTF_8);
    Stdio.Bytes choice = (Stdio.Bytes) Stdio.bytes(content);
    content[0] = 'X';
    choice.content()[1] = 'X';

    assertThat(choice.content()).isEqualTo("secret".getBytes(UTF_8));
    assertThat(choice).isEqualTo(Stdio.text("secret")).hasSameHashCodeAs(Stdio.text("secret"));
    assertThat(choice).isNotEqualTo(Stdio.text("other")).hasToString("6 bytes");
  }
}
