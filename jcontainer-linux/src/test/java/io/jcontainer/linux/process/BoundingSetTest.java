package io.jcontainer.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoundingSetTest {
  @Test
  void dockers_default_set_is_read_as_the_kernel_prints_it() {
    assertThat(
            BoundingSet.parse(
                List.of("Name:\tCapBnd:\tx", "CapEff:\t1", "CapBnd:\t00000000a80425fb")))
        .isEqualTo(Capabilities.defaults().granted());
  }

  @Test
  void all_and_none_are_read() {
    assertThat(BoundingSet.parse(List.of("CapBnd:\tffffffffffffffff")))
        .containsExactlyInAnyOrder(Capability.values());
    assertThat(BoundingSet.parse(List.of("CapBnd:\t0000000000000000"))).isEmpty();
  }

  @Test
  void without_the_line_nothing_is_granted() {
    assertThat(BoundingSet.parse(List.of("Name:\tsh"))).isEmpty();
  }
}
