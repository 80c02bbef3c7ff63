package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ContainerIdsTest {
  @Test
  void an_id_is_twelve_hexadecimal_digits_also_if_they_begin_with_zeros() {
    assertThat(Stream.generate(ContainerIds::next).limit(1000))
        .allMatch(id -> id.matches("[0-9a-f]{12}"))
        .anyMatch(id -> id.startsWith("0"))
        .doesNotHaveDuplicates();
    assertThat(ContainerIds.EXAMPLE).matches("[0-9a-f]{12}");
  }
}
