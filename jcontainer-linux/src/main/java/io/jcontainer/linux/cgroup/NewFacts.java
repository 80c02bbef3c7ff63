package io.jcontainer.linux.cgroup;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Those of cgroups that are new, or only planned: what the kernel begins with is known, and nothing
 * has to be read for it; what else there is, the runtime's own cgroup has, which they are below.
 */
final class NewFacts implements LimitFacts {
  private static final String NO_LIMIT = String.valueOf(Long.MAX_VALUE);

  /** Of those that {@link Settings} asks for. */
  private static final Map<String, String> FIRST =
      Map.of(
          "memory.limit_in_bytes", NO_LIMIT,
          "memory.memsw.limit_in_bytes", NO_LIMIT,
          "cpu.cfs_period_us", "100000",
          "cpu.cfs_burst_us", "0",
          "cpu.max.burst", "0");

  private final List<CgroupDirectory> parents;

  /**
   * Of a container below these.
   *
   * @param parents one in each hierarchy
   */
  NewFacts(List<CgroupDirectory> parents) {
    this.parents = parents;
  }

  @Override
  public Optional<String> read(Controller controller, String file) {
    String first = FIRST.get(file);
    return first == null ? readAbove(controller, file) : Optional.of(first);
  }

  @Override
  public Optional<String> readAbove(Controller controller, String file) {
    return CgroupDirectory.with(controller, parents)
        .map(CgroupDirectory::path)
        .map((Path path) -> path.resolve(file))
        .flatMap(KernelFile::read);
  }

  @Override
  public String disk(Path device) {
    return Disks.number(device);
  }
}
