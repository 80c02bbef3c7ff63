package io.jcontainer.linux.cgroup;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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
}
