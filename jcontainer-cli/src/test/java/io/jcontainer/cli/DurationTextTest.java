package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "10,PT10S",
    "10s,PT10S",
    "500ms,PT0.5S",
    "1m,PT1M",
    "2h,PT2H",
    "1d,PT24H",
    "0.25,PT0.25S",
    "1.5m,PT1M30S",
    "0,PT0S",
    "0.000000001s,PT0.000000001S"
  })
  void a_number_and_a_unit_are_a_duration(String text, Duration duration) {
    assertThat(DurationText.parse(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "s", "-1", "+1", "1 s", "1S", "1us", "1m30s", "1e9", ".5", "1.", "0x10", "٣"})
  void another_form_is_refused(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> DurationText.parse(text))
        .withMessageContaining("'" + text + "' is not a number");
  }

  @ParameterizedTest
  @ValueSource(strings = {"106752d", "999999999999999999d", "9223372037"})
  void what_nanoseconds_cannot_count_is_refused(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> DurationText.parse(text))
        .withMessageContaining("292 years");
  }

  @Test
  void a_duration_prints_in_seconds() {
    assertThat(DurationText.of(Duration.ofMillis(1500))).isEqualTo("1.5s");
    assertThat(DurationText.of(Duration.ofMinutes(10))).isEqualTo("600s");
    assertThat(DurationText.of(Duration.ofMillis(1))).isEqualTo("0.001s");
  }
}
