package io.jcontainer.linux.run;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ProcessSpec;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.process.LinuxProcess;
import io.jcontainer.linux.request.ExecRequest;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.util.List;

/** Starts further processes in containers. Runs in a launcher thread. */
final class ExecStart {
  private final HostFacts host;
  private final ProcessStart starts;
  private final Programs<ProcessSpec> programs;

  ExecStart(HostFacts host, Launcher launcher, ProcessStart starts) {
    this.host = host;
    this.starts = starts;
    this.programs = new Programs<>(launcher);
  }

  LinuxProcess start(LinuxContainer container, ProcessSpec spec) {
    try (Fd first = container.duplicatePidfd()) {
      ProcessRequest process =
          new ProcessRequest(
              spec, host, container.user(), container.home(), ExecRequest.CONTAINER + 1);
      ExecRequest request = new ExecRequest(process, container.namespaces());
      Program program =
          programs.of(
              spec,
              List.of(process.user(), process.home(), request.namespaces()),
              () -> ExecSteps.of(request));
      ProcessStart.Started started =
          starts.start(program, container.id(), process, List.of(first), Child.Kin.DESCENDANTS);
      return new LinuxProcess(
          started.child(),
          started.streams(),
          container.spec().stopSignal(),
          "process " + spec.command() + " in " + container);
    } catch (SyscallException e) {
      throw StartFailures.of(e);
    } catch (RuntimeException e) {
      if (container.isAlive()) {
        throw e;
      }
      ContainerGoneException gone = new ContainerGoneException(container + " has ended");
      gone.addSuppressed(e);
      throw gone;
    }
  }
}
