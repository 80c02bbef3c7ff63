package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.CgroupDirectory.Version.V2;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.DeviceRule;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The cgroups of one container: a directory in each hierarchy in use. Whichever JVM has made them.
 * Safe for several threads.
 */
public final class Cgroup {
  private static final int MODE = 0755;

  private final Kernel kernel;
  private final String id;
  private final List<CgroupDirectory> directories;
  private volatile List<Unenforced> leftOut = List.of();

  /**
   * One whose directories are there.
   *
   * @param id the container's
   * @param directories one in each hierarchy, that of v2 first
   */
  public Cgroup(Kernel kernel, String id, List<CgroupDirectory> directories) {
    this.kernel = kernel;
    this.id = id;
    this.directories = List.copyOf(directories);
  }

  /**
   * Makes the directories.
   *
   * @param parents below which they are
   * @throws SyscallException if one cannot be made; then none is left
   */
  static Cgroup make(Kernel kernel, String id, List<CgroupDirectory> parents) {
    List<CgroupDirectory> made = new ArrayList<>();
    try {
      for (CgroupDirectory parent : parents) {
        Path path = parent.path().resolve(id);
        kernel.mkdir(path, MODE);
        made.add(new CgroupDirectory(parent.version(), parent.controllers(), path));
      }
      return new Cgroup(kernel, id, made);
    } catch (RuntimeException | Error e) {
      new Cgroup(kernel, id, made).removeAfter(e);
      throw e;
    }
  }

  /** Whether nobody has removed it. */
  boolean isThere() {
    return directories.stream().anyMatch(each -> Files.isDirectory(each.path()));
  }

  /**
   * The same with those that it does not have yet, and with what they can have by now.
   *
   * @param parents below which one is wanted
   * @throws SyscallException if one cannot be made; then none is left
   */
  Cgroup completed(List<CgroupDirectory> parents) {
    List<CgroupDirectory> all = new ArrayList<>();
    try {
      for (CgroupDirectory parent : parents) {
        Path path = parent.path().resolve(id);
        if (directories.stream().noneMatch(each -> each.path().equals(path))) {
          kernel.mkdir(path, MODE);
        }
        all.add(new CgroupDirectory(parent.version(), parent.controllers(), path));
      }
      return new Cgroup(kernel, id, all);
    } catch (RuntimeException | Error e) {
      new Cgroup(kernel, id, all).removeAfter(e);
      removeAfter(e);
      throw e;
    }
  }

  /** The container's id. */
  public String id() {
    return id;
  }

  /** All of them. */
  public List<CgroupDirectory> directories() {
    return directories;
  }

  /** Where a controller's files are; empty if the container is in no cgroup with it. */
  public Optional<CgroupDirectory> directory(Controller controller) {
    return CgroupDirectory.with(controller, directories);
  }

  /** What the last limits asked for and this host cannot do: a sentence for each. */
  public List<String> unenforced() {
    return leftOut.stream().map(Unenforced::sentence).toList();
  }

  /** The same in its parts. */
  public List<Unenforced> leftOut() {
    return leftOut;
  }

  /**
   * Writes the limits of a container that is not there yet. Fails as {@link #update} does; the
   * directories stay.
   *
   * @param known what is known not to be enforced, which is an error unless they are for the best
   *     effort
   */
  void limit(CgroupLimits limits, List<Unenforced> known) {
    List<Unenforced> out = new ArrayList<>(known);
    List<Setting> possible = possible(limits, out);
    SettingsWriter writer = new SettingsWriter(kernel, directories, limits.bestEffort());
    writer.write(possible, programs(limits));
    tell(out, writer);
  }

  /**
   * Changes what these limits name, all of it or nothing; what they do not name stays.
   *
   * @throws InvalidSpecException if the kernel does not take a value
   * @throws HostUnsupportedException if a limit cannot be enforced here, unless the limits are for
   *     the best effort
   * @throws ContainerException if the container uses more than it is to have
   * @throws ContainerGoneException if the cgroups are gone: the container has ended
   */
  public synchronized void update(CgroupLimits limits) {
    if (!isThere()) {
      throw new ContainerGoneException("container " + id + " has ended, and its cgroups are gone");
    }
    List<Unenforced> out = new ArrayList<>();
    List<Setting> possible = possible(limits, out);
    SettingsWriter writer = new SettingsWriter(kernel, directories, limits.bestEffort());
    writer.update(possible, programs(limits));
    tell(out, writer);
  }

  private Optional<Version> version(Controller controller) {
    return directory(controller).map(CgroupDirectory::version);
  }

  /** What is to be written; what cannot be is added to what is left out. */
  private List<Setting> possible(CgroupLimits limits, List<Unenforced> out) {
    Settings.needed(limits)
        .forEach(
            (controller, fields) -> {
              if (directory(controller).isEmpty()) {
                fields.forEach(field -> leaveOut(field, controller, out));
              }
            });
    Settings.Result wanted = Settings.of(limits, this::version, new DirectoryFacts(directories));
    out.addAll(wanted.unenforced());
    if (!limits.bestEffort() && !out.isEmpty()) {
      throw Unenforced.exception(out);
    }
    return wanted.settings();
  }

  private void leaveOut(String field, Controller controller, List<Unenforced> out) {
    if (out.stream().noneMatch(each -> each.limit().equals(field))) {
      out.add(
          new Unenforced(
              field,
              "container %s is in no cgroup with the controller %s"
                  .formatted(id, controller.name(V2)),
              Optional.of("Give it a limit of that kind when it is started")));
    }
  }

  /** The rules that are a program: those of v2. */
  private Optional<List<DeviceRule>> programs(CgroupLimits limits) {
    return limits.devices().filter(rules -> version(Controller.DEVICES).equals(Optional.of(V2)));
  }

  private void tell(List<Unenforced> out, SettingsWriter writer) {
    out.addAll(writer.unenforced());
    leftOut = List.copyOf(out);
  }

  /**
   * Removes the directories, with all that the container has made below them. What still runs in
   * there is killed, and waited for. Idempotent.
   *
   * @throws ContainerException if something in there does not end within 10 seconds
   */
  public void remove() {
    Removal.remove(kernel, directories);
  }

  /** The same after a failure, which is the one that matters. */
  void removeAfter(Throwable failure) {
    try {
      remove();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
