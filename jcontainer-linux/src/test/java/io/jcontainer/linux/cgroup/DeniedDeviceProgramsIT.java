package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.DeviceRule;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.jna.JnaKernel;
import org.junit.jupiter.api.Test;

/** Who may load no programs. */
@LeakChecked
@RequiresHost(Feature.ORDINARY_USER)
class DeniedDeviceProgramsIT {
  private static final int O_DIRECTORY = 0x10000;

  @Test
  void an_ordinary_user_is_told_what_it_takes() {
    JnaKernel kernel = new JnaKernel();
    try (Fd any = kernel.open("/", O_DIRECTORY)) {
      assertThat(
              new DevicePrograms(kernel).replace(any, DeviceRule.usual()).orElseThrow().sentence())
          .contains("EPERM")
          .contains("run the JVM as root");
    }
  }
}
