package io.jcontainer.linux.run;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.ProcessSpec;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.Joinable;
import io.jcontainer.linux.process.Joining;
import io.jcontainer.linux.process.LinuxProcess;
import io.jcontainer.linux.process.Words;
import io.jcontainer.linux.request.ExecRequest;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
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
    try (Joining joining = container.join(kernel)) {
      ProcessRequest process =
          new ProcessRequest(
              limited(spec, joining.capabilities()),
              host,
              joining.user(),
              joining.home(),
              ExecRequest.CONTAINER + 1);
      ExecRequest request = new ExecRequest(process, joining.namespaces());
      Program program =
          programs.of(
              spec,
              List.of(
                  process.user(),
                  process.home(),
                  process.spec().capabilities(),
                  request.namespaces()),
              () -> Templates.shape(process),
              () -> Words.of(process, UserLookup.home(process)),
              () -> ExecSteps.of(request));
      ProcessStart.Started started =
          starts.start(
              program, joining.id(), process, List.of(joining.door()), Child.Kin.DESCENDANTS);
      return new LinuxProcess(
          started.child(),
          started.streams(),
          joining.stopSignal(),
          "process " + spec.command() + " in " + container);
    } catch (SyscallException e) {
      throw StartFailures.of(e);
    } catch (ContainerGoneException e) {
      throw e;
    } catch (RuntimeException e) {
      if (container.isAlive()) {
        throw e;
      }
      ContainerGoneException gone = new ContainerGoneException(container + " has ended");
      gone.addSuppressed(e);
      throw gone;
    }
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
