package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.CgroupDirectory.Version.V1;

import io.jcontainer.ContainerException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The kernel has not taken a setting.
 *
 * @param directory whose file it is
 */
record WriteFailure(Setting setting, CgroupDirectory directory, SyscallException cause) {

  /** As what this host cannot do; empty if it is the value that is wrong, or the moment. */
  Optional<Unenforced> unenforced() {
    String cure =
        switch (cause.errno()) {
          case ENOENT -> absent();
          case EOPNOTSUPP, ENOSYS, ENOTTY ->
              "The kernel is built without it, or the disk has a scheduler that does not know it";
          case EACCES, EPERM, EROFS -> setting.controller() == Controller.CPUSET ? null : foreign();
          default -> null;
        };
    return Optional.ofNullable(cure)
        .map(
            text ->
                new Unenforced(
                    setting.limit(), String.valueOf(cause.getMessage()), Optional.of(text)));
  }

  private String absent() {
    return switch (setting.file()) {
      case "memory.swap.max", "memory.memsw.limit_in_bytes" ->
          "Swap is counted only if the kernel is built with CONFIG_SWAP, and is not booted with"
              + " swapaccount=0";
      default -> "This kernel has no such file: it is older, or was built without it";
    };
  }

  private String foreign() {
    return directory.version() == V1
        ? Cures.notDelegatedV1(false)
        : "The file is kept from who owns the cgroup: run the JVM as root";
  }

  /** As what is wrong with the value. */
  ContainerException exception() {
    String message =
        "%s is not what the kernel takes for %s: %s%s"
            .formatted(setting.value(), setting.file(), cause.getMessage(), hint());
    return switch (cause.errno()) {
      case EINVAL, ERANGE, EOVERFLOW, E2BIG, ENODEV, ENXIO, ENOSPC, EACCES, EPERM -> {
        InvalidSpecException wrong = new InvalidSpecException(setting.limit(), message);
        wrong.initCause(cause);
        yield wrong;
      }
      default -> new ContainerException(setting.limit() + ": " + message, cause);
    };
  }

  private String hint() {
    String hint = known();
    return hint == null ? "" : ". " + hint;
  }

  private @Nullable String known() {
    return switch (setting.file()) {
      case "memory.limit_in_bytes", "memory.max" ->
          switch (cause.errno()) {
            case EBUSY -> "The container uses more, and not enough of it can be reclaimed";
            case EINVAL -> "On v1 it must not be above the limit of memory and swap together";
            default -> null;
          };
      case "memory.memsw.limit_in_bytes" ->
          switch (cause.errno()) {
            case EBUSY -> "The container uses more memory and swap, and it cannot be reclaimed";
            case EINVAL -> "Memory and swap together must not be below the limit of memory";
            default -> null;
          };
      case "cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us" ->
          "A quota is at least 1 ms in a period of 1 ms to 1 s"
              + (directory.version() == V1
                  ? ", and its part of the period no more than that of the cgroup above"
                  : "");
      case "cpu.max.burst", "cpu.cfs_burst_us" -> "A burst is at most the quota";
      case "cpuset.cpus", "cpuset.mems" -> "The cgroup above has " + above(setting.file());
      case "io.max",
          "blkio.throttle.read_bps_device",
          "blkio.throttle.write_bps_device",
          "blkio.throttle.read_iops_device",
          "blkio.throttle.write_iops_device" ->
          "It takes whole disks, not partitions, and devices that are there";
      default -> null;
    };
  }

  private String above(String file) {
    Path parent = directory.path().resolveSibling(".");
    return KernelFile.read(parent.resolve(file + ".effective"))
        .or(() -> KernelFile.read(parent.resolve(file)))
        .filter(text -> !text.isEmpty())
        .orElse("none");
  }
}
