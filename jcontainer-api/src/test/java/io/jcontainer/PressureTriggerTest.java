package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.PressureTrigger.Resource;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PressureTriggerTest {
  private static final Duration STALL = Duration.ofMillis(150);
  private static final Duration WINDOW = Duration.ofSeconds(2);

  @Test
  void it_says_what_is_waited_for_and_by_whom() {
    assertThat(PressureTrigger.memory(STALL, WINDOW))
        .isEqualTo(new PressureTrigger(Resource.MEMORY, false, STALL, WINDOW));
    assertThat(PressureTrigger.io(STALL, WINDOW).onlyFull())
        .isEqualTo(new PressureTrigger(Resource.IO, true, STALL, WINDOW));
    assertThat(PressureTrigger.cpu(WINDOW, WINDOW).resource()).isEqualTo(Resource.CPU);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1000, stall",
    "-1, 1000, stall",
    "1001, 1000, stall",
    "1, 499, window",
    "1, 10001, window"
  })
  void times_that_the_kernel_does_not_take_are_refused(long stall, long window, String field) {
    assertThatThrownBy(
            () -> PressureTrigger.memory(Duration.ofMillis(stall), Duration.ofMillis(window)))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field));
  }
}
