package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommitOptionsTest {
  @ParameterizedTest
  @ValueSource(strings = {"nobody", "1000", "www-data:33"})
  void a_user_is_a_name_or_number_or_two(String user) {
    assertThat(CommitOptions.builder().user(user).build().user()).contains(user);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "1:2:3", "-1"})
  void what_no_container_could_run_as_is_refused(String user) {
    CommitOptions.Builder options = CommitOptions.builder();
    assertThatThrownBy(() -> options.user(user)).isInstanceOf(InvalidSpecException.class);
    assertThat(options.build().user()).isEmpty();
  }

  @Test
  void a_relative_working_directory_is_refused() {
    CommitOptions.Builder options = CommitOptions.builder();
    assertThatThrownBy(() -> options.workingDirectory("sub"))
        .isInstanceOf(InvalidSpecException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "65536", "80/icmp", "http", "80-81", "-1"})
  void what_is_no_port_is_refused(String port) {
    CommitOptions.Builder options = CommitOptions.builder();
    assertThatThrownBy(() -> options.exposedPort(port))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("exposedPort");
    assertThat(options.exposedPort("80").exposedPort("080/tcp").build().exposedPorts())
        .containsExactly("80/tcp");
  }

  @ParameterizedTest
  @ValueSource(strings = {"data", "/proc/x", "/", "/a/../b"})
  void what_can_be_no_volume_is_refused(String path) {
    CommitOptions.Builder options = CommitOptions.builder();
    assertThatThrownBy(() -> options.volume(path)).isInstanceOf(InvalidSpecException.class);
  }
}
