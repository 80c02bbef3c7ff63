package io.jcontainer.linux.run;

import io.jcontainer.ProcessSpec;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.launch.Launch;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.ExitReport;
import io.jcontainer.linux.process.PassedDescriptors;
import io.jcontainer.linux.process.Streams;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a program that ends in a command: its streams, the launch, the watch. Each thing that is
 * made is taken back if a later one fails.
 */
final class ProcessStart {
  private static final int SIGKILL = 9;

  private final Kernel kernel;
  private final Launcher launcher;
  private final Watcher watcher;

  ProcessStart(Kernel kernel, Launcher launcher, Watcher watcher) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.watcher = watcher;
  }

  /** A command that runs. */
  record Started(Child child, Streams streams) {}

  /**
   * Runs it.
   *
   * @param owner the container, which names threads
   * @param request what the program was made of
   * @param descriptors what the plan finds from 4 on
   * @param kin who dies with the process
   */
  Started start(
      Program program, String owner, ProcessRequest request, List<Fd> descriptors, Child.Kin kin) {
    ProcessSpec spec = request.spec();
    Undo undo = new Undo();
    try {
      Streams streams = Streams.open(kernel, owner, spec);
      undo.push(streams::close);
      Launch launch;
      try (PassedDescriptors passed = PassedDescriptors.open(kernel, spec)) {
        List<Fd> others = new ArrayList<>(descriptors);
        others.addAll(passed.theirs());
        launch = launcher.begin(program, streams.theirs(), others);
      } finally {
        streams.releaseTheirs();
      }
      UserLookup.answer(request, launch);
      if (spec.terminal().isPresent()) {
        takeTerminal(streams, launch);
      }
      int pid = launch.awaitCommand();
      ExitReport report = launch.report();
      if (report != null) {
        undo.push(report::close);
      }
      undo.push(() -> end(pid));
      Child child = watcher.watch(pid, kin, report);
      spec.timeout().ifPresent(time -> watcher.killAfter(child, time));
      return new Started(child, streams);
    } catch (SyscallException e) {
      StartFailedException failure = StartFailures.of(e);
      undo.runAfter(failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      undo.runAfter(e);
      throw e;
    }
  }

  private static void takeTerminal(Streams streams, Launch launch) {
    Fd master = launch.awaitTerminal();
    try {
      streams.takeTerminal(master);
    } catch (RuntimeException | Error e) {
      launch.abandon(e);
      throw e;
    }
  }

  private void end(int pid) {
    kernel.kill(pid, SIGKILL);
    kernel.waitForPid(pid);
  }
}
