package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "1",
        "root",
        "www-data",
        "_apt",
        "a.b",
        "A",
        "machine$",
        "2147483648",
        "4294967294",
        "0:0",
        "1000:100",
        "app:audio",
        "1000:audio",
        "app:0",
        "x1",
        "u2345678901234567890123456789012"
      })
  void names_and_numbers_are_users(String text) {
    assertThat(User.parse(text).toString()).isEqualTo(text);
  }

  /** CVE-2026-30892, CVE-2024-40635. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "1:",
        ":1",
        "1:2:3",
        "1::",
        "0x1",
        "0b1",
        "01",
        "00",
        "+1",
        "-1",
        "-0",
        "1 ",
        " 1",
        "1\n",
        "root\n",
        "root\0",
        "root ",
        "\troot",
        "root:\n",
        "1e3",
        "1_000",
        "1,000",
        "1.0",
        "1a",
        "4294967295",
        "4294967296",
        "9999999999",
        "18446744073709551616",
        "99999999999999999999999999",
        "\u0661",
        "\uff11",
        "1\u0660",
        "r\u00f6t",
        "a/b",
        "../x",
        "a:b/c",
        "-a",
        ".a",
        "$",
        "a$b",
        "u23456789012345678901234567890123"
      })
  void everything_else_is_refused(String text) {
    assertThatThrownBy(() -> User.parse(text))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("user"))
        .message()
        .matches("[ -~]*");
  }

  @Test
  void ids_that_the_kernel_does_not_have_are_refused() {
    for (long id : new long[] {-1, 0xFFFF_FFFFL, 1L << 32, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> User.of(id, 0)).isInstanceOf(InvalidSpecException.class);
      assertThatThrownBy(() -> User.of(0, id)).isInstanceOf(InvalidSpecException.class);
    }
    assertThat(User.of(0xFFFF_FFFEL, 7)).isEqualTo(User.parse("4294967294:7"));
  }

  @Test
  void root_is_the_default() {
    assertThat(ContainerSpec.of("true").user()).isEqualTo(User.root());
    assertThat(User.root()).isEqualTo(User.parse("root"));
  }
}
