package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.KernelText.NONE;

import io.jcontainer.ContainerStats;
import java.util.Optional;
import java.util.OptionalLong;

/** Processes and threads: pids.rst; the same files in both versions. */
final class PidsReader {
  private final CgroupFile current;
  private final CgroupFile limit;

  PidsReader(CgroupFileSet files, CgroupDirectory directory) {
    current = files.file(directory, "pids.current");
    limit = files.file(directory, "pids.max");
  }

  Optional<ContainerStats.Pids> read(ReadBuffer buffer) {
    long now = current.number(buffer);
    if (now == NONE) {
      return Optional.empty();
    }
    long most = limit.number(buffer); // "max" is no number
    return Optional.of(
        new ContainerStats.Pids(now, most == NONE ? OptionalLong.empty() : OptionalLong.of(most)));
  }
}
