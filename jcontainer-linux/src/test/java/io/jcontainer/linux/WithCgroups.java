package io.jcontainer.linux;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.CgroupLimits;
import io.jcontainer.Container;
import io.jcontainer.ContainerSpec;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Tests of containers with cgroups, with whatever the host has of them. */
@RequiresHost({Feature.USER_NAMESPACES, Feature.CGROUPS})
@Tag("cgroups")
abstract class WithCgroups extends WithRuntime {
  /** Some of each kind, and more than any of these tests needs. */
  static final CgroupLimits SOME = CgroupLimits.builder().memory("256m").cpus(1).pids(64).build();

  WithCgroups() {
    super(options().withCgroupDelegation(true));
    // What the runtime makes with the first of them, and keeps.
    Finished.of(runtime, limited("true"));
    Finished.of(runtime, limitedWithSysAdmin("true"));
  }

  static ContainerSpec limited(String... command) {
    return ContainerSpec.builder().command(command).limits(SOME).build();
  }

  static ContainerSpec limitedWithSysAdmin(String... command) {
    return limited(command).toBuilder()
        .capabilities(Capabilities.defaults().with(Capability.SYS_ADMIN))
        .build();
  }

  Container waitingWithLimits() {
    return runtime.start(limited("cat"));
  }

  /** The cgroups of a process, as the kernel lists them to this JVM: those named by the id. */
  static List<String> cgroupsNamed(String id, long pid) {
    return cgroups(pid).stream().filter(line -> line.endsWith("/" + id)).toList();
  }

  static List<String> cgroups(long pid) {
    return lines(Path.of("/proc", Long.toString(pid), "cgroup"));
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
