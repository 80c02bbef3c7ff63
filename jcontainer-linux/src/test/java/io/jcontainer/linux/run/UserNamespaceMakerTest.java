package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jcontainer.HostUnsupportedException;
import io.jcontainer.IdMapping;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.probe.IdMaps;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is said of a host that has no user namespaces, by a kernel that refuses to make one. */
class UserNamespaceMakerTest {
  private final FakeKernel kernel = new FakeKernel();
  private final UserNamespaceMaker maker =
      new UserNamespaceMaker(
          kernel,
          new Launcher(
              kernel,
              LauncherBinary.install(kernel, Arch.X86_64, StateDirectory.usual(0, Map.of())),
              Arch.X86_64),
          new IdMaps(0, 0));
  private final Map<Integer, String> before = kernel.openDescriptors();

  /** The launcher's report of the errno of its first step, the clone. */
  private void cloneFails(Errno errno) {
    ByteBuffer report = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    kernel.willReceive(report.putInt(2).putInt(0).putInt(errno.number()).putInt(0).array());
  }

  /** Root's ids are then its line of /etc/subuid, and there are no others to fall back to. */
  @Test
  void a_host_without_user_namespaces_is_told_whatever_ids_were_to_be_had() {
    cloneFails(Errno.ENOSPC);

    assertThatExceptionOfType(HostUnsupportedException.class)
        .isThrownBy(() -> maker.makeFirst(List.of(IdMapping.range(100_000, 65_536))))
        .withMessageContaining("max_*_namespaces");

    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void what_the_last_of_several_mappings_meets_is_told() {
    cloneFails(Errno.ENOSPC);
    cloneFails(Errno.EPERM);

    assertThatExceptionOfType(HostUnsupportedException.class)
        .isThrownBy(
            () ->
                maker.makeFirst(
                    List.of(IdMapping.range(100_000, 65_536), IdMapping.range(200_000, 1))))
        .withMessageContaining("EPERM");

    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }
}
