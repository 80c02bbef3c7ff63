package io.jcontainer.linux.run;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.ProcessSpec;
import io.jcontainer.linux.cgroup.CgroupDirectory;
import io.jcontainer.linux.cgroup.CgroupEntrance;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.process.CgroupControl;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.GuestCgroup;
import io.jcontainer.linux.process.Joinable;
import io.jcontainer.linux.process.Joining;
import io.jcontainer.linux.process.LinuxProcess;
import io.jcontainer.linux.process.Words;
import io.jcontainer.linux.request.CgroupPlacement;
import io.jcontainer.linux.request.ExecRequest;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Starts further processes in containers. Runs in a launcher thread. */
final class ExecStart {
  private final Kernel kernel;
  private final HostFacts host;
  private final ProcessStart starts;
  private final Groups groups;
  private final Programs<ProcessSpec> programs;

  ExecStart(Kernel kernel, HostFacts host, Launcher launcher, ProcessStart starts, Groups groups) {
    this.kernel = kernel;
    this.host = host;
    this.starts = starts;
    this.groups = groups;
    this.programs = new Programs<>(launcher);
  }

  LinuxProcess start(Joinable container, ProcessSpec spec) {
    Undo undo = new Undo();
    try (Joining joining = container.join(kernel)) {
      CgroupControl cgroups = container.cgroups();
      if (cgroups.isPaused()) {
        throw new ContainerException(
            container + " is paused, and so would be the process: resume it before", null);
      }
      GuestCgroup group = groups.make(cgroups).orElse(null);
      if (group != null) {
        undo.push(group::end);
      }
      ProcessStart.Started started =
          start(joining, spec, group == null ? cgroups.directories() : group.directories(), group);
      if (group != null) {
        groups.removeAfter(started.child().exit(), group);
      }
      return new LinuxProcess(
          started.child(),
          started.streams(),
          joining.stopSignal(),
          "process " + spec.command() + " in " + container);
    } catch (ContainerGoneException e) {
      undo.runAfter(e);
      throw e;
    } catch (RuntimeException e) {
      undo.runAfter(e);
      if (container.isAlive()) {
        throw e instanceof SyscallException failure ? StartFailures.of(failure) : e;
      }
      ContainerGoneException gone = new ContainerGoneException(container + " has ended");
      gone.addSuppressed(e);
      throw gone;
    }
  }

  private ProcessStart.Started start(
      Joining joining,
      ProcessSpec spec,
      List<CgroupDirectory> directories,
      @Nullable GuestCgroup group) {
    try (CgroupEntrance entrance = entrance(joining, directories)) {
      CgroupPlacement cgroups = entrance.placement();
      ProcessRequest process =
          new ProcessRequest(
              limited(spec, joining.capabilities()),
              host,
              joining.user(),
              joining.home(),
              ExecRequest.FIRST_CGROUP + cgroups.descriptors());
      ExecRequest request = new ExecRequest(process, joining.namespaces(), cgroups);
      Program program =
          programs.of(
              spec,
              List.of(
                  process.user(),
                  process.home(),
                  process.spec().capabilities(),
                  request.namespaces(),
                  cgroups),
              () -> Templates.shape(process),
              () -> Words.of(process, UserLookup.home(process)),
              () -> ExecSteps.of(request));
      List<Fd> descriptors = new ArrayList<>(List.of(joining.door()));
      descriptors.addAll(entrance.descriptors());
      return starts.start(
          program, joining.id(), process, descriptors, Child.Kin.DESCENDANTS, group, 0);
    }
  }

  private CgroupEntrance entrance(Joining joining, List<CgroupDirectory> directories) {
    // An ordinary user has no right to the cgroup namespace from within a nested user namespace:
    // it must join all at once, and be in the cgroups by other means than the clone.
    boolean nested =
        joining.user().order() == Order.FIRST
            && joining.capabilities().contains(Capability.SYS_ADMIN);
    return CgroupEntrance.open(kernel, directories, !nested, ExecRequest.FIRST_CGROUP);
  }

  /** With no more capabilities than the container; the default is what that has of it. */
  private static ProcessSpec limited(ProcessSpec spec, Set<Capability> allowed) {
    Capabilities wanted = spec.capabilities();
    Set<Capability> missing = EnumSet.noneOf(Capability.class);
    missing.addAll(wanted.granted());
    missing.removeAll(allowed);
    if (missing.isEmpty()) {
      return spec;
    }
    if (!wanted.equals(Capabilities.defaults())) {
      throw new InvalidSpecException("capabilities", "the container itself has no " + missing);
    }
    return spec.toBuilder().capabilities(wanted.without(missing)).build();
  }
}
