package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.CommitOptions;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Signal;
import io.jcontainer.images.ImageConfig.Execution;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigChangeTest {
  private static Execution of(String... changes) {
    return ConfigChange.apply(Execution.none(), List.of(changes));
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
    assertThat(ConfigChange.apply(old, List.of("ENTRYPOINT [\"x\"]")).cmd()).isEmpty();
    assertThat(ConfigChange.apply(old, List.of("CMD [\"new\"]", "ENTRYPOINT [\"x\"]")).cmd())
        .containsExactly("new");
  }

  @Test
  void variables_are_added_and_replaced_in_both_forms() {
    Execution old = Execution.none().withEnv("PATH=/bin", "A=1");
    assertThat(
            ConfigChange.apply(old, List.of("ENV A=2 B=\"x y\" C='a\"b' D=e\\ f", "ENV E f  g"))
                .env())
        .containsExactly("PATH=/bin", "A=2", "B=x y", "C=a\"b", "D=e f", "E=f  g");
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
  void a_commit_takes_all_of_them() {
    CommitOptions.Builder options = CommitOptions.builder();
    ConfigChange.apply(
        options,
        List.of(
            "CMD [\"a\"]",
            "ENTRYPOINT [\"b\"]",
            "ENV A=1",
            "EXPOSE 80 53/udp",
            "LABEL c=d",
            "STOPSIGNAL 2",
            "USER nobody",
            "VOLUME /data",
            "WORKDIR /srv"));
    CommitOptions made = options.build();
    assertThat(made.command()).contains(List.of("a"));
    assertThat(made.entrypoint()).contains(List.of("b"));
    assertThat(made.environment()).isEqualTo(Map.of("A", "1"));
    assertThat(made.exposedPorts()).containsExactly("80/tcp", "53/udp");
    assertThat(made.labels()).isEqualTo(Map.of("c", "d"));
    assertThat(made.stopSignal()).contains(Signal.INT);
    assertThat(made.user()).contains("nobody");
    assertThat(made.volumes()).containsExactly("/data");
    assertThat(made.workingDirectory()).contains("/srv");
  }

  @Test
  void a_commit_needs_a_directory_that_is_relative_to_nothing_of_the_image() {
    CommitOptions.Builder options = CommitOptions.builder();
    ConfigChange.apply(options, List.of("WORKDIR /srv", "WORKDIR app"));
    assertThat(options.build().workingDirectory()).contains("/srv/app");
    assertThatThrownBy(() -> ConfigChange.apply(options, List.of("WORKDIR sub", "USER 1")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("change: \"WORKDIR sub\": is relative");
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
        "HEALTHCHECK NONE",
        "ONBUILD RUN true"
      })
  void what_is_not_understood_is_refused_with_the_words_that_are(String change) {
    assertThatThrownBy(() -> of(change))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("change: \"" + change + "\": ");
  }
}
