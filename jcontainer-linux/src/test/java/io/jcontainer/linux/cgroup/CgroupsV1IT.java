package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.DeviceRule;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** As if there were only v1, which the kernel has beside v2. */
@RequiresHost({Feature.CGROUPS, Feature.CGROUPS_V1})
class CgroupsV1IT extends CgroupContract {
  @Override
  Hierarchies look() throws IOException {
    List<String> mounts = Files.readAllLines(Path.of("/proc/self/mountinfo"));
    return Hierarchies.of(
        mounts.stream().filter(line -> !line.contains(" - cgroup2 ")).toList(),
        Files.readAllLines(Path.of("/proc/self/cgroup")),
        cgroup -> List.of());
  }

  @Override
  Version version(Controller controller) {
    return Version.V1;
  }

  /** It has no cgroup in their hierarchy, and cannot get into one as a whole while it runs. */
  @Test
  void a_limit_of_a_controller_that_a_container_was_started_without_is_refused_and_changes_nothing()
      throws IOException {
    Cgroup group = cgroups.make("c1", CgroupLimits.builder().pids(20).build());
    CgroupLimits more = CgroupLimits.builder().pids(30).devices(DeviceRule.usual()).build();

    assertThatThrownBy(() -> group.update(more))
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageContaining("limits.devices")
        .hasMessageContaining("container c1 is in no cgroup with the controller devices")
        .hasMessageContaining("Give it a limit of that kind when it is started");
    assertThatThrownBy(
            () ->
                group.update(
                    CgroupLimits.builder()
                        .hugetlb(ByteSize.ofMebibytes(2), ByteSize.ofMebibytes(2))
                        .build()))
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageContaining("limits.hugetlb")
        .hasMessageContaining("when it is started");
    Path pids = group.directory(Controller.PIDS).orElseThrow().path().resolve("pids.max");
    assertThat(Files.readString(pids)).isEqualTo("20\n");

    group.update(more.toBuilder().bestEffort().build());
    assertThat(Files.readString(pids)).isEqualTo("30\n");
    assertThat(group.unenforced()).singleElement().asString().startsWith("limits.devices");
    group.remove();
  }
}
