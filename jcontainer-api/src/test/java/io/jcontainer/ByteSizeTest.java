package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "007, 7",
    "64b, 64",
    "1k, 1024",
    "1K, 1024",
    "64m, 67108864",
    "2G, 2147483648",
    "1t, 1099511627776",
    "9223372036854775807, 9223372036854775807",
    "8388607t, 9223370937343148032",
    "0t, 0",
  })
  void a_size_is_a_whole_number_and_a_power_of_1024(String text, long bytes) {
    assertThat(ByteSize.parse(text)).isEqualTo(ByteSize.ofBytes(bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "k",
        "-1",
        "+1",
        "1.5g",
        "64mb",
        "64MiB",
        "64 m",
        " 64m",
        "64m ",
        "64m\n",
        "0x10",
        "1kk",
        "1p",
        "1_000",
        "\u0661",
        "00000000000000000001"
      })
  void another_form_is_refused_and_quoted(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("size"))
        .hasMessageContaining("\"" + text + "\"");
  }

  @Test
  void a_letter_that_only_becomes_k_in_lower_case_is_no_unit() {
    assertThatThrownBy(() -> ByteSize.parse("64\u212A")).isInstanceOf(InvalidSpecException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9223372036854775808", "9007199254740992k", "8388608t", "16777216t"})
  void more_than_63_bits_are_refused_and_not_wrapped(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("2^63-1");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1023, 1023",
    "1024, 1k",
    "1025, 1025",
    "1536, 1536",
    "268435456, 256m",
    "1099511627776, 1t",
    "1125899906842624, 1024t",
    "9223372036854775807, 9223372036854775807",
  })
  void a_size_prints_in_the_largest_unit_that_is_exact_and_parses_again(long bytes, String text) {
    ByteSize size = ByteSize.ofBytes(bytes);

    assertThat(size).hasToString(text);
    assertThat(ByteSize.parse(size.toString())).isEqualTo(size);
  }

  @Test
  void mebibytes_are_binary() {
    assertThat(ByteSize.ofMebibytes(64).bytes()).isEqualTo(64 * 1024 * 1024);
    assertThatThrownBy(() -> ByteSize.ofMebibytes(1L << 43))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void a_size_is_never_negative() {
    assertThatThrownBy(() -> ByteSize.ofBytes(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ByteSize.ofMebibytes(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
