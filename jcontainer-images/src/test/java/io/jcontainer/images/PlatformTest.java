package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.InvalidSpecException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformTest {

  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64",
    "linux/x86_64, linux/amd64",
    "linux/aarch64, linux/arm64",
    "linux/arm64/v8, linux/arm64/v8",
    "linux/arm/v6, linux/arm/v6",
    "linux/i386, linux/386",
    "linux/riscv64, linux/riscv64",
    "windows/amd64, windows/amd64"
  })
  void platforms_are_written_in_the_words_of_go(String text, String platform) {
    assertThat(Platform.parse(text)).hasToString(platform);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux/a b", "L/A"})
  void other_forms_are_refused(String text) {
    assertThatThrownBy(() -> Platform.parse(text))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("platform: ");
  }

  @ParameterizedTest
  @CsvSource({
    "linux/arm64, linux/arm64/v8, true",
    "linux/arm64/v8, linux/arm64, true",
    "linux/arm, linux/arm/v7, true",
    "linux/arm/v7, linux/arm/v6, false",
    "linux/amd64, linux/amd64, true",
    "linux/amd64, linux/amd64/v3, false",
    "linux/amd64, linux/arm64, false",
    "linux/amd64, windows/amd64, false"
  })
  void an_image_matches_the_platform_that_it_is_meant_for(
      String platform, String image, boolean matches) {
    assertThat(Platform.parse(platform).matches(Platform.parse(image))).isEqualTo(matches);
  }

  @Test
  void this_machine_has_a_platform() {
    assertThat(Platform.current().os()).isEqualTo("linux");
    assertThat(Platform.current().matches(Platform.current())).isTrue();
  }
}
