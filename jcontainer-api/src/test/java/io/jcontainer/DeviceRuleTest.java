package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceRuleTest {
  @ParameterizedTest
  @CsvSource({
    "c 1:3 rwm, c 1:3 rwm",
    "c 1:3 mr, c 1:3 rm",
    "b *:* m, b *:* m",
    "b 8:* w, b 8:* w",
    "a rwm, a *:* rwm",
    "a *:* r, a *:* r"
  })
  void a_rule_is_written_as_for_the_kernel(String text, String printed) {
    assertThat(DeviceRule.parse(text)).hasToString(printed).isEqualTo(DeviceRule.parse(printed));
  }

  @Test
  void it_tells_what_it_allows() {
    OptionalLong one = OptionalLong.of(1);
    assertThat(DeviceRule.parse("b 1:* rw"))
        .isEqualTo(
            new DeviceRule(DeviceRule.Type.BLOCK, one, OptionalLong.empty(), true, true, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "c",
        "c rwm",
        "c 1 rwm",
        "c 1:3",
        "c 1:3 ",
        "c 1:3 x",
        "c 1:3 rr",
        "c 1:3 rwmr",
        "d 1:3 r",
        "c -1:3 r",
        "c 4096:3 r",
        "c 1:1048576 r",
        "a 1:3 r",
        "c  1:3 r",
        "c 1:3 r\n"
      })
  void everything_else_is_refused(String text) {
    assertThatThrownBy(() -> DeviceRule.parse(text))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("limits.devices"));
  }

  @Test
  void a_rule_allows_something() {
    OptionalLong all = OptionalLong.empty();
    assertThatThrownBy(() -> new DeviceRule(DeviceRule.Type.CHAR, all, all, false, false, false))
        .isInstanceOf(InvalidSpecException.class);
  }
}
