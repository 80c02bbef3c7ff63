package io.jcontainer.linux.probe;

import io.jcontainer.Rlimit;
import io.jcontainer.Rlimit.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The JVM's hard limits: proc_pid_limits(5). */
final class HardLimits {
  private HardLimits() {}

  static Map<Resource, Long> ofJvm() throws IOException {
    return parse(Files.readAllLines(Path.of("/proc/self/limits")));
  }

  /** The lines after the first are in the order of the kernel's numbers. */
  static Map<Resource, Long> parse(List<String> lines) {
    Map<Resource, Long> limits = new EnumMap<>(Resource.class);
    for (Resource resource : Resource.values()) {
      // "Max open files            1024                 4096                 files"
      String hard = lines.get(1 + resource.number()).substring(47).strip().split(" ", 2)[0];
      limits.put(
          resource, hard.equals("unlimited") ? Rlimit.UNLIMITED : Long.parseUnsignedLong(hard));
    }
    return limits;
  }
}
