package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.PressureTrigger;
import io.jcontainer.PressureTrigger.Resource;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a container has waited for too long: a trigger of psi.rst, which lasts as long as its
 * descriptor; of memory of version 1, memory.pressure_level.
 */
final class PressureNotice {
  private static final int O_RDONLY = 0;
  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final String FEATURE = "pressure of containers";

  private final Kernel kernel;
  private final Path directory;
  private final Fd trigger;
  private final Runnable action;

  // Guarded by this.
  private EventLoop.@Nullable Watch watch;

  private PressureNotice(Kernel kernel, Path directory, Fd trigger, Runnable action) {
    this.kernel = kernel;
    this.directory = directory;
    this.trigger = trigger;
    this.action = action;
  }

  /**
   * Does something in the loop's thread, at most once in the trigger's window.
   *
   * @return ends that
   * @throws HostUnsupportedException if this kernel, or this user, has no such triggers
   * @throws ContainerGoneException if the cgroups are not there any more
   */
  static Runnable open(
      Kernel kernel,
      EventLoop loop,
      List<CgroupDirectory> directories,
      PressureTrigger trigger,
      Runnable action) {
    Optional<CgroupDirectory> two =
        directories.stream().filter(each -> each.version() == Version.V2).findFirst();
    Optional<CgroupDirectory> memory = CgroupDirectory.with(Controller.MEMORY, directories);
    if (trigger.resource() == Resource.MEMORY
        && memory.filter(each -> each.version() == Version.V1).isPresent()) {
      MemoryNotice notice =
          MemoryNotice.open(
              kernel,
              loop,
              memory.get().path(),
              List.of(Map.entry("memory.pressure_level", trigger.full() ? "critical" : "medium")),
              trigger.window(),
              action);
      return notice::close;
    }
    if (two.isEmpty()) {
      throw new HostUnsupportedException(
          FEATURE,
          "cgroups of version 1 tell of memory only; the others need a hierarchy of version 2",
          null);
    }
    PressureNotice notice =
        new PressureNotice(
            kernel, two.get().path(), order(kernel, two.get().path(), trigger), action);
    notice.listen(loop);
    return notice::close;
  }

  private static Fd order(Kernel kernel, Path directory, PressureTrigger trigger) {
    String file = trigger.resource().name().toLowerCase(Locale.ROOT) + ".pressure";
    String order =
        "%s %d %d"
            .formatted(
                trigger.full() ? "full" : "some",
                micros(trigger.stall()),
                micros(trigger.window()));
    try {
      Fd opened = kernel.open(directory.resolve(file).toString(), O_RDWR | O_NONBLOCK);
      try {
        kernel.writeAt(opened, order.getBytes(StandardCharsets.US_ASCII), 0);
        return opened;
      } catch (SyscallException e) {
        opened.close();
        throw e;
      }
    } catch (SyscallException e) {
      if (!isThere(kernel, directory)) {
        throw new ContainerGoneException("the container has ended, and its cgroups with it");
      }
      throw new HostUnsupportedException(FEATURE, reason(e.errno(), file, order), e);
    }
  }

  /** Whether the cgroup has not been removed. */
  private static boolean isThere(Kernel kernel, Path directory) {
    try (Fd processes = kernel.open(directory.resolve("cgroup.procs").toString(), O_RDONLY)) {
      return processes.number() >= 0;
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  private static long micros(Duration time) {
    return Math.max(1, time.toNanos() / 1000);
  }

  private static String reason(Errno errno, String file, String order) {
    return switch (errno) {
      case ENOENT ->
          "this kernel has no "
              + file
              + " in cgroups; it is there if it was built with CONFIG_PSI and started with psi=1";
      case EOPNOTSUPP -> "it is switched off: write 1 to the cgroup's cgroup.pressure";
      case EINVAL ->
          "\""
              + order
              + "\" is refused; without CAP_SYS_RESOURCE the window must be a multiple of 2 s, and"
              + " before Linux 6.5 there are no triggers for such users";
      default -> file + " cannot be written to";
    };
  }

  private synchronized void listen(EventLoop loop) {
    try {
      watch = loop.watch(trigger, true, this::happened);
    } catch (RuntimeException e) {
      trigger.close();
      throw e;
    }
  }

  private void happened() {
    if (isThere(kernel, directory)) {
      action.run();
    } else {
      close(); // else the kernel would say so again and again
    }
  }

  private synchronized void close() {
    if (watch != null) {
      watch.end();
      watch = null;
      trigger.close();
    }
  }
}
