package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ContainerStatsTest {
  private static ContainerStats.Memory memory(long current, Optional<ByteSize> inactiveFile) {
    Optional<ByteSize> none = Optional.empty();
    OptionalLong no = OptionalLong.empty();
    return new ContainerStats.Memory(
        ByteSize.ofBytes(current), none, none, none, none, inactiveFile, none, none, no, no, no);
  }

  @Test
  void the_working_set_is_without_what_is_reclaimed_first() {
    assertThat(memory(10, Optional.of(ByteSize.ofBytes(4))).workingSet().bytes()).isEqualTo(6);
    assertThat(memory(10, Optional.empty()).workingSet().bytes()).isEqualTo(10);
    assertThat(memory(10, Optional.of(ByteSize.ofBytes(11))).workingSet().bytes()).isZero();
  }

  @Test
  void an_event_prints_what_has_happened() {
    assertThat(new ContainerEvent(ContainerEvent.Kind.MEMORY_LIMIT, Instant.EPOCH, 3))
        .hasToString("MEMORY_LIMIT (3 times)");
    assertThat(new ContainerEvent(ContainerEvent.Kind.OOM_KILL, Instant.EPOCH, 1))
        .hasToString("OOM_KILL");
  }
}
