package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PoolOptionsTest {
  private static final PoolOptions DEFAULTS = PoolOptions.defaults();

  private static String refused(ThrowingCallable call) {
    return catchThrowableOfType(InvalidSpecException.class, call).field();
  }

  @Test
  void defaults_are_2_parked_at_most_16_and_a_minute() {
    assertThat(DEFAULTS.minimum()).isEqualTo(2);
    assertThat(DEFAULTS.maximum()).isEqualTo(16);
    assertThat(DEFAULTS.idleTime()).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void the_one_limit_moves_the_other() {
    assertThat(DEFAULTS.withMinimum(20).maximum()).isEqualTo(20);
    assertThat(DEFAULTS.withMinimum(20).minimum()).isEqualTo(20);
    assertThat(DEFAULTS.withMaximum(1).minimum()).isEqualTo(1);
    assertThat(DEFAULTS.withMaximum(20).minimum()).isEqualTo(2);
    assertThat(DEFAULTS.withIdleTime(Duration.ofNanos(1)).idleTime())
        .isEqualTo(Duration.ofNanos(1));
  }

  @Test
  void what_makes_no_sense_is_refused_by_name() {
    assertThat(refused(() -> DEFAULTS.withMinimum(0))).isEqualTo("minimum");
    assertThat(refused(() -> DEFAULTS.withMinimum(1001))).isEqualTo("minimum");
    assertThat(refused(() -> DEFAULTS.withMaximum(0))).isEqualTo("maximum");
    assertThat(refused(() -> DEFAULTS.withMaximum(1001))).isEqualTo("maximum");
    assertThat(refused(() -> DEFAULTS.withIdleTime(Duration.ZERO))).isEqualTo("idleTime");
    assertThat(refused(() -> DEFAULTS.withIdleTime(Duration.ofSeconds(-1)))).isEqualTo("idleTime");
  }
}
