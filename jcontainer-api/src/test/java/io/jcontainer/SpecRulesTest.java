package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecRulesTest {
  private static final LayeredRootfs ROOT = LayeredRootfs.directory(Path.of("/srv/root"));

  private static Arguments bad(String field, String says, Consumer<ContainerSpec.Builder> change) {
    return Arguments.of(field, says, change);
  }

  static Stream<Arguments> badSpecs() {
    return Stream.of(
        bad("command", "a program is needed", b -> b.command()),
        bad("command", "a program is needed", b -> b.command("")),
        bad("command", "a program is needed", b -> b.command("", "x")),
        bad("command", "NUL byte in \"a?b\"", b -> b.command("a\0b")),
        bad("command", "NUL byte in \"?\"", b -> b.command("sh", "\0")),
        bad("env", "\"\" cannot name", b -> b.env("", "x")),
        bad("env", "\"A=B\" cannot name", b -> b.env("A=B", "x")),
        bad("env", "\"=\" cannot name", b -> b.env(Map.of("=", "x"))),
        bad("env", "NUL byte in \"A?\"", b -> b.env("A\0", "x")),
        bad("env", "NUL byte in \"x?y\"", b -> b.env("A", "x\0y")),
        bad("cwd", "\"\" is not an absolute path", b -> b.cwd("")),
        bad("cwd", "\"tmp\" is not an absolute path", b -> b.cwd("tmp")),
        bad("cwd", "\"./\" is not an absolute path", b -> b.cwd("./")),
        bad("cwd", "NUL byte", b -> b.cwd("/tmp\0/x")),
        bad("command", "surrogate", b -> b.command("sh", "\ud83d")),
        bad("env", "surrogate", b -> b.env("A\udc00", "x")),
        bad("env", "surrogate", b -> b.env("A", "\ud83dx")),
        bad("cwd", "surrogate", b -> b.cwd("/\ud83d")),
        bad("groups", "\"01\" is neither", b -> b.process(p -> p.groups("audio", "01"))),
        bad("groups", "is neither a name", b -> b.process(p -> p.groups("4294967295"))),
        bad("descriptors", "2 is not between", b -> b.process(p -> p.descriptor(2, Stdio.NULL))),
        bad("descriptors", "256 is not", b -> b.process(p -> p.descriptor(256, Stdio.NULL))),
        bad("descriptors", "passed as 3", b -> b.process(p -> p.descriptor(3, Stdio.PIPE))),
        bad("descriptors", "passed as 4", b -> b.process(p -> p.descriptor(4, Stdio.INHERIT))),
        bad("descriptors", "passed as 5", b -> b.process(p -> p.descriptor(5, Stdio.STDOUT))),
        bad(
            "descriptors",
            "-1 is no descriptor",
            b -> b.process(p -> p.descriptor(3, Stdio.descriptor(-1)))),
        bad(
            "descriptors",
            "path of a file is empty",
            b -> b.process(p -> p.descriptor(3, Stdio.from(Path.of(""))))),
        bad("umask", "01000 is not", b -> b.process(p -> p.umask(01000))),
        bad("umask", "is not between 0 and 0777", b -> b.process(p -> p.umask(-1))),
        bad("oomScoreAdj", "-1001 is not", b -> b.process(p -> p.oomScoreAdj(-1001))),
        bad("oomScoreAdj", "1001 is not", b -> b.process(p -> p.oomScoreAdj(1001))),
        bad("nice", "20 is not between -20 and 19", b -> b.process(p -> p.nice(20))),
        bad("nice", "-21 is not", b -> b.process(p -> p.nice(-21))),
        bad("timeout", "PT0S is not more than zero", b -> b.timeout(Duration.ZERO)),
        bad("timeout", "not more than zero", b -> b.timeout(Duration.ofNanos(-1))),
        bad(
            "hostname",
            "own UTS namespace",
            b -> b.hostname("box").namespaces(ns -> ns.uts(Namespace.host()))),
        bad(
            "domainname",
            "own UTS namespace",
            b -> b.domainname("nis").namespaces(ns -> ns.uts(Namespace.ofProcess(1)))),
        bad(
            "rootfs",
            "own mount namespace",
            b -> b.rootfs(ROOT).namespaces(ns -> ns.pid(Namespace.host()).mount(Namespace.host()))),
        bad(
            "rootfs",
            "own mount namespace",
            b -> b.rootfs(ROOT).namespaces(ns -> ns.mount(Namespace.ofProcess(1)))));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("badSpecs")
  void what_cannot_be_right_is_refused_by_name(
      String field, String says, Consumer<ContainerSpec.Builder> change) {
    ContainerSpec.Builder builder = ContainerSpec.builder().command("true");
    change.accept(builder);

    assertThatThrownBy(builder::build)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field))
        .hasMessageStartingWith(field + ": ")
        .hasMessageContaining(says)
        .message()
        .doesNotContain("\0");
  }

  @Test
  void a_spec_without_a_command_is_refused() {
    assertThatThrownBy(() -> ContainerSpec.builder().build())
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage("command: a program is needed");
  }

  private static final List<String> BAD_NAMES =
      List.of(
          "",
          "-box",
          ".box",
          "a b",
          "a_b",
          "box\n",
          "b\0x",
          "b\u00f6x",
          "a/b",
          "\u0661",
          "a".repeat(65));

  static List<String> badNames() {
    return BAD_NAMES;
  }

  @ParameterizedTest
  @MethodSource("badNames")
  void a_host_or_domain_name_has_1_to_64_letters_digits_dots_and_hyphens(String name) {
    ContainerSpec.Builder builder = ContainerSpec.builder().command("true");

    assertThatThrownBy(() -> builder.hostname(name).build())
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("hostname: ");
    assertThatThrownBy(() -> builder.hostname("box").domainname(name).build())
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("domainname: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "0",
        "A-b.c-9",
        "web1.example.org",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      })
  void a_usual_name_is_taken(String name) {
    ContainerSpec.Builder builder = ContainerSpec.builder().command("true");

    assertThat(builder.hostname(name).domainname(name).build().hostname()).contains(name);
  }

  @Test
  void odd_but_right_values_are_taken() {
    assertThatCode(
            () ->
                ContainerSpec.builder()
                    .command("./-", "", "\n", "\u20ac", "\ud83d\ude00")
                    .env("a b", "")
                    .env("\u00e4", "x=y\n")
                    .cwd("/a/../b//")
                    .timeout(Duration.ofNanos(1))
                    .build())
        .doesNotThrowAnyException();
    assertThatCode(
            () ->
                ContainerSpec.of("true").toBuilder()
                    .timeout(Duration.ofSeconds(Long.MAX_VALUE))
                    .build())
        .doesNotThrowAnyException();
  }
}
