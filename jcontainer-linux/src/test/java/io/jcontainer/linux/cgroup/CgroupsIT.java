package io.jcontainer.linux.cgroup;

import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Tag;

/** Each controller where this host has it: v1, v2, or both beside each other. */
@RequiresHost(Feature.CGROUPS)
@Tag("cgroups")
class CgroupsIT extends CgroupContract {
  @Override
  Hierarchies look() throws IOException {
    return Hierarchies.look();
  }

  @Override
  Version version(Controller controller) {
    try {
      return look().of(controller).orElseThrow().version();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it is needed: v2 that is delegated. */
  @Override
  RuntimeOptions options() {
    return RuntimeOptions.defaults().withCgroupDelegation(true);
  }
}
