package io.jcontainer.linux.run;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.ProcessSpec;
import io.jcontainer.linux.cgroup.CgroupEntrance;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.process.CgroupControl;
import io.jcontainer.linux.process.Child;
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

/** Starts further processes in containers. Runs in a launcher thread. */
final class ExecStart {
  private final Kernel kernel;
  private final HostFacts host;
  private final ProcessStart starts;
  private final Programs<ProcessSpec> programs;

  ExecStart(Kernel kernel, HostFacts host, Launcher launcher, ProcessStart starts) {
    this.kernel = kernel;
    this.host = host;
    this.starts = starts;
    this.programs = new Programs<>(launcher);
  }

  LinuxProcess start(Joinable container, ProcessSpec spec) {
    try (Joining joining = container.join(kernel);
        CgroupEntrance entrance = entrance(container, joining)) {
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
      ProcessStart.Started started =
          starts.start(program, joining.id(), process, descriptors, Child.Kin.DESCENDANTS, null);
      return new LinuxProcess(
          started.child(),
          started.streams(),
          joining.stopSignal(),
          "process " + spec.command() + " in " + container);
    } catch (ContainerGoneException e) {
      throw e;
    } catch (RuntimeException e) {
      if (container.isAlive()) {
        throw e instanceof SyscallException failure ? StartFailures.of(failure) : e;
      }
      ContainerGoneException gone = new ContainerGoneException(container + " has ended");
      gone.addSuppressed(e);
      throw gone;
    }
  }

  private CgroupEntrance entrance(Joinable container, Joining joining) {
    CgroupControl cgroups = container.cgroups();
    if (cgroups.isPaused()) {
      throw new ContainerException(
          container + " is paused, and so would be the process: resume it before", null);
    }
    // An ordinary user has no right to the cgroup namespace from within a nested user namespace:
    // it must join all at once, and be in the cgroups by other means than the clone.
    boolean nested =
        joining.user().order() == Order.FIRST
            && joining.capabilities().contains(Capability.SYS_ADMIN);
    return CgroupEntrance.open(kernel, cgroups.directories(), !nested, ExecRequest.FIRST_CGROUP);
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
