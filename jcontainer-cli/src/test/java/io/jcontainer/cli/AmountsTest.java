package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ByteSize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0B",
    "1023, 1023B",
    "1024, 1KiB",
    "13107200, 12.5MiB",
    "67108864, 64MiB",
    "8345624576, 7.772GiB",
    "9223372036854775807, 8EiB"
  })
  void memory_is_shown_as_docker_shows_it(long bytes, String text) {
    assertThat(Amounts.memory(ByteSize.ofBytes(bytes))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0B",
    "999, 999B",
    "1234, 1.23kB",
    "3400000, 3.4MB",
    "9223372036854775807, 9.22EB"
  })
  void what_was_carried_is_shown_as_docker_shows_it(long bytes, String text) {
    assertThat(Amounts.carried(bytes)).isEqualTo(text);
  }

  @Test
  void a_part_has_two_digits_behind_the_point() {
    assertThat(Amounts.percent(0)).isEqualTo("0.00%");
    assertThat(Amounts.percent(199.996)).isEqualTo("200.00%");
  }
}
