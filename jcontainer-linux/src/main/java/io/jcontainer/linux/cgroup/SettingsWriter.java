package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerException;
import io.jcontainer.DeviceRule;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes settings into a container's cgroups. */
final class SettingsWriter {
  private static final Logger LOG = LoggerFactory.getLogger(SettingsWriter.class);
  private static final int O_RDONLY = 0;
  private static final String MEMORY_MAX = "memory.max";
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

  private final Kernel kernel;
  private final List<CgroupDirectory> directories;
  private final boolean bestEffort;
  private final List<Unenforced> unenforced = new ArrayList<>();

  /**
   * For a container.
   *
   * @param bestEffort whether what this host cannot do is left out
   */
  SettingsWriter(Kernel kernel, List<CgroupDirectory> directories, boolean bestEffort) {
    this.kernel = kernel;
    this.directories = directories;
    this.bestEffort = bestEffort;
  }

  /** What was left out. */
  List<Unenforced> unenforced() {
    return unenforced;
  }

  /** Into new cgroups, which are removed if this fails. */
  void write(List<Setting> settings, Optional<List<DeviceRule>> programs) {
    for (Setting setting : settings) {
      write(setting).ifPresent(this::leaveOut);
    }
    programs.ifPresent(this::attach);
  }

  /** On v2 rules for devices are no setting, but a program. It changes nothing if it fails. */
  private void attach(List<DeviceRule> rules) {
    CgroupDirectory directory = directory(Controller.DEVICES);
    try (Fd cgroup = kernel.open(directory.path().toString(), O_RDONLY)) {
      new DevicePrograms(kernel).replace(cgroup, rules).ifPresent(reason -> leaveOut(reason, null));
    }
  }

  /**
   * Into those of a running container: all, or none. The kernel compares some with others, such as
   * the limit of memory with that of memory and swap: what it refuses is written again behind the
   * others, as long as that helps.
   *
   * @throws ContainerException if it uses more memory than it is to have
   */
  void update(List<Setting> settings, Optional<List<DeviceRule>> programs) {
    settings.forEach(this::requireRoom);
    Set<Setting> before = new LinkedHashSet<>(); // many of v1's devices have the same
    settings.forEach(
        setting -> before.addAll(OldSettings.of(setting, directory(setting.controller()).path())));
    try {
      List<Setting> pending = settings;
      while (!pending.isEmpty()) {
        List<WriteFailure> refused = writeWhatCan(pending);
        if (refused.size() == pending.size()) {
          throw refused.get(0).exception();
        }
        pending = refused.stream().map(WriteFailure::setting).toList();
      }
      programs.ifPresent(this::attach);
    } catch (RuntimeException | Error e) {
      restore(new ArrayList<>(before), e);
      throw e;
    }
  }

  /** Returns what the kernel does not take now. */
  private List<WriteFailure> writeWhatCan(List<Setting> settings) {
    List<WriteFailure> refused = new ArrayList<>();
    for (Setting setting : settings) {
      Optional<WriteFailure> failure = write(setting);
      if (failure.isPresent() && failure.get().cause().errno() == Errno.EINVAL) {
        refused.add(failure.get());
      } else {
        failure.ifPresent(this::leaveOut);
      }
    }
    return refused;
  }

  private void restore(List<Setting> before, Throwable failure) {
    try {
      List<Setting> pending = before;
      while (!pending.isEmpty()) {
        List<WriteFailure> refused = writeWhatCan(pending);
        if (refused.size() == pending.size()) {
          refused.forEach(each -> failure.addSuppressed(each.exception()));
          return;
        }
        pending = refused.stream().map(WriteFailure::setting).toList();
      }
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private Optional<WriteFailure> write(Setting setting) {
    CgroupDirectory directory = directory(setting.controller());
    try {
      kernel.writeFile(directory.path().resolve(setting.file()), setting.value());
      return Optional.empty();
    } catch (SyscallException e) {
      return Optional.of(new WriteFailure(setting, directory, e));
    }
  }

  private void leaveOut(WriteFailure failure) {
    leaveOut(failure.unenforced().orElseThrow(failure::exception), failure.cause());
  }

  private void leaveOut(Unenforced reason, @Nullable Throwable cause) {
    if (!bestEffort) {
      throw reason.exception(cause);
    }
    unenforced.add(reason);
  }

  private CgroupDirectory directory(Controller controller) {
    return CgroupDirectory.with(controller, directories)
        .orElseThrow(() -> new IllegalStateException("no cgroup with " + controller));
  }

  /**
   * A limit of v2 below what is used would kill for it, where v1 says EBUSY. As there, what can be
   * reclaimed is no obstacle.
   */
  private void requireRoom(Setting setting) {
    if (!setting.file().equals(MEMORY_MAX) || !NUMBER.matcher(setting.value()).matches()) {
      return;
    }
    CgroupDirectory directory = directory(Controller.MEMORY);
    long most = Long.parseLong(setting.value());
    long used = used(directory);
    if (used > most) {
      try {
        kernel.writeFile(directory.path().resolve("memory.reclaim"), String.valueOf(used - most));
      } catch (SyscallException e) { // EAGAIN: not as much; ENOENT: before Linux 5.19
        LOG.debug("memory above a new limit is not reclaimed", e);
      }
      used = used(directory);
    }
    if (used > most) {
      throw new ContainerException(
          "%s: %s cannot be %s: the container uses %d bytes that cannot be reclaimed, and would be killed for it. Let it use less first; memoryHigh slows it down and reclaims what can be"
              .formatted(setting.limit(), MEMORY_MAX, setting.value(), used));
    }
  }

  private static long used(CgroupDirectory directory) {
    return KernelFile.read(directory.path().resolve("memory.current"))
        .map(Long::parseLong)
        .orElse(0L);
  }
}
