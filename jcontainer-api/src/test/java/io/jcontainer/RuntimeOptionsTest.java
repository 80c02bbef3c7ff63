package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RuntimeOptionsTest {
  @Test
  void a_relative_state_directory_is_refused() {
    assertThatThrownBy(() -> RuntimeOptions.defaults().withStateDirectory(Path.of("state")))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("stateDirectory"));
  }

  @Test
  void one_option_of_a_runtime_keeps_the_others() {
    IdMapping ids = IdMapping.range(100_000, 65_536);
    Path state = Path.of("/run/state");
    RuntimeOptions options = RuntimeOptions.defaults().withIds(ids).withStateDirectory(state);

    assertThat(options.ids()).contains(ids);
    assertThat(options.stateDirectory()).contains(state);
    assertThat(options.withIds(ids).stateDirectory()).contains(state);
    assertThat(RuntimeOptions.defaults().ids()).isEmpty();
    assertThat(RuntimeOptions.defaults().stateDirectory()).isEmpty();
  }
}
