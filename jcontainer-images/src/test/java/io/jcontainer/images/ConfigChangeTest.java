package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageConfig.Execution;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigChangeTest {
  private static Execution of(String... changes) {
    return Execution.none().changed(List.of(changes));
  }

  @Test
  void a_command_is_an_array_or_a_line_for_a_shell() {
    assertThat(of("CMD [\"a\", \"b c\", \"\\\"\\u00e9\\n\"]").cmd())
        .containsExactly("a", "b c", "\"é\n");
    assertThat(of("cmd  echo \"$HOME\"").cmd()).containsExactly("/bin/sh", "-c", "echo \"$HOME\"");
    assertThat(of("CMD [ -f x ] && y").cmd()).containsExactly("/bin/sh", "-c", "[ -f x ] && y");
    assertThat(of("ENTRYPOINT []").entrypoint()).isEmpty();
  }

  @Test
  void a_new_entrypoint_does_without_the_old_command() {
    Execution old = Execution.none().withCmd("old");
    assertThat(old.changed(List.of("ENTRYPOINT [\"x\"]")).cmd()).isEmpty();
    assertThat(old.changed(List.of("CMD [\"new\"]", "ENTRYPOINT [\"x\"]")).cmd())
        .containsExactly("new");
  }

  @Test
  void variables_are_added_and_replaced_in_both_forms() {
    Execution old = Execution.none().withEnv("PATH=/bin", "A=1");
    assertThat(
            old.changed(List.of("ENV A=2 B=\"x y\" C='a\"b' D=e\\ f", "ENV E f  \"g  h\"")).env())
        .containsExactly("PATH=/bin", "A=2", "B=x y", "C=a\"b", "D=e f", "E=f  g  h");
  }

  @Test
  void all_else_is_taken_over() {
    Execution made =
        of(
            "EXPOSE 80 53/udp 90-91/sctp",
            "VOLUME /a /b",
            "VOLUME [\"/c d\"]",
            "USER nobody:10",
            "WORKDIR /srv",
            "WORKDIR app/../web",
            "LABEL a=b",
            "STOPSIGNAL SIGINT");
    assertThat(made.exposedPorts()).containsExactly("53/udp", "80/tcp", "90/sctp", "91/sctp");
    assertThat(made.volumes()).containsExactly("/a", "/b", "/c d");
    assertThat(made.user()).isEqualTo("nobody:10");
    assertThat(made.workingDir()).isEqualTo("/srv/web");
    assertThat(made.labels()).isEqualTo(Map.of("a", "b"));
    assertThat(made.stopSignal()).contains("SIGINT");
  }

  @Test
  void a_relative_directory_is_below_that_of_the_image() {
    Execution old = of("WORKDIR /srv");
    assertThat(old.changed(List.of("WORKDIR app")).workingDir()).isEqualTo("/srv/app");
    assertThat(old.changed(List.of("WORKDIR ../../a//b/.")).workingDir()).isEqualTo("/a/b");
    assertThat(of("WORKDIR app").workingDir()).isEqualTo("/app");
    assertThat(of("WORKDIR ..").workingDir()).isEqualTo("/");
  }

  @Test
  void an_instruction_sees_the_variables_that_were_set_before_it() {
    Execution old = Execution.none().withEnv("PATH=/bin", "E=", "P=80 81/udp");
    assertThat(
            old.changed(List.of("ENV PATH=$PATH:/x A=$PATH", "ENV A ${A}y B$A c", "ENV C=$B.$A"))
                .env())
        .containsExactly(
            "PATH=/bin:/x", "E=", "P=80 81/udp", "A=/biny B/bin c", "C=./biny B/bin c");
    Execution made =
        old.changed(
            List.of(
                "EXPOSE $P 90",
                "LABEL l=$PATH $E.m=\"$P\"",
                "USER ${U:-nobody}",
                "VOLUME $PATH/a",
                "VOLUME [\"$PATH/b\"]",
                "WORKDIR $PATH",
                "STOPSIGNAL SIG${S-INT}",
                "CMD [\"$PATH\"]",
                "ENTRYPOINT $PATH"));
    assertThat(made.exposedPorts()).containsExactly("80/tcp", "81/udp", "90/tcp");
    assertThat(made.labels()).isEqualTo(Map.of("l", "/bin", ".m", "80 81/udp"));
    assertThat(made.user()).isEqualTo("nobody");
    assertThat(made.volumes()).containsExactly("/bin/a", "/bin/b");
    assertThat(made.workingDir()).isEqualTo("/bin");
    assertThat(made.stopSignal()).contains("SIGINT");
    assertThat(made.cmd()).containsExactly("$PATH");
    assertThat(made.entrypoint()).containsExactly("/bin/sh", "-c", "$PATH");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
          """
          $A.${A}.$A1,            x y.x y.
          $NONE|${NONE},          |
          ${NONE:-a b}|${NONE-c}, a b|c
          ${E:-a}|${E-c},         a|
          ${A:-a}|${A-c},         x y|x y
          ${A:+a}|${A+c},         a|c
          ${E:+a}|${E+c},         |c
          ${NONE:+a}|${NONE+c},   |
          ${NONE:-${A}}${E:-$A},  x yx y
          ${NONE:-"}"\\}'$A'},     }}$A
          \\$A|'$A'|"$A",          $A|$A|x y
          "\\$A\\n\\\\\\""|\\n,    $A\\n\\"|n
          $|$1|$-|a$|\\,           $|$1|$-|a$|\\
          """)
  void a_value_is_read_as_by_docker(String value, String read) {
    Execution old = Execution.none().withEnv("A=x y", "E=");
    assertThat(old.changed(List.of("ENV X " + value)).env()).contains("X=" + read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "CMD",
        "RUN true",
        "ENV A",
        "ENV A=1 B",
        "ENV A='x",
        "ENV =1 A=2",
        "EXPOSE http",
        "EXPOSE 0",
        "EXPOSE 65536",
        "EXPOSE 91-90",
        "USER a b",
        "USER $NONE",
        "VOLUME \"\"",
        "STOPSIGNAL NONE",
        "ENV A=${A",
        "ENV A=${A:-b",
        "ENV A=${A:b}",
        "ENV A=${A:}",
        "ENV A=${A%b}",
        "ENV A=${}",
        "ENV A=\"${A:-\"}",
        "HEALTHCHECK NONE",
        "ONBUILD RUN true"
      })
  void what_is_not_understood_is_refused_with_the_words_that_are(String change) {
    assertThatThrownBy(() -> of(change))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("change: \"" + change + "\": ");
  }
}
