package io.jcontainer.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Rlimit;
import io.jcontainer.Rlimit.Resource;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HardLimitsTest {
  /** Linux 6.18. */
  private static final String LISTING =
      """
      Limit                     Soft Limit           Hard Limit           Units
      Max cpu time              unlimited            unlimited            seconds
      Max file size             unlimited            unlimited            bytes
      Max data size             unlimited            unlimited            bytes
      Max stack size            8388608              16777216             bytes
      Max core file size        0                    unlimited            bytes
      Max resident set          unlimited            unlimited            bytes
      Max processes             31802                31803                processes
      Max open files            1024                 1048576              files
      Max locked memory         8388608              8388609              bytes
      Max address space         unlimited            18446744073709551614 bytes
      Max file locks            unlimited            unlimited            locks
      Max pending signals       31802                31802                signals
      Max msgqueue size         819200               819200               bytes
      Max nice priority         0                    3
      Max realtime priority     0                    4
      Max realtime timeout      unlimited            unlimited            us
      """;

  @Test
  void the_hard_limits_are_in_the_order_of_the_kernels_numbers() {
    Map<Resource, Long> limits = HardLimits.parse(LISTING.lines().toList());

    assertThat(limits).hasSize(16);
    assertThat(limits.get(Resource.CPU)).isEqualTo(Rlimit.UNLIMITED);
    assertThat(limits.get(Resource.STACK)).isEqualTo(16_777_216);
    assertThat(limits.get(Resource.NPROC)).isEqualTo(31_803);
    assertThat(limits.get(Resource.NOFILE)).isEqualTo(1_048_576);
    assertThat(limits.get(Resource.AS)).isEqualTo(-2);
    assertThat(limits.get(Resource.NICE)).isEqualTo(3);
    assertThat(limits.get(Resource.RTPRIO)).isEqualTo(4);
    assertThat(limits.get(Resource.RTTIME)).isEqualTo(Rlimit.UNLIMITED);
  }

  @Test
  void those_of_this_jvm_can_be_read() throws IOException {
    assertThat(HardLimits.ofJvm().keySet()).containsAll(List.of(Resource.values()));
  }
}
