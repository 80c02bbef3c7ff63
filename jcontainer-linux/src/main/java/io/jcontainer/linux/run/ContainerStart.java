package io.jcontainer.linux.run;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.launch.Launch;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.process.Streams;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the JVM does for a start, in order. Each thing that it makes is taken back if a later one
 * fails. Runs in a launcher thread.
 */
final class ContainerStart {
  private static final int SIGKILL = 9;

  private final Kernel kernel;
  private final HostFacts host;
  private final UserNamespaces users;
  private final Launcher launcher;
  private final Programs programs;
  private final Watcher watcher;

  ContainerStart(
      Kernel kernel, HostFacts host, UserNamespaces users, Launcher launcher, Watcher watcher) {
    this.kernel = kernel;
    this.host = host;
    this.users = users;
    this.launcher = launcher;
    this.programs = new Programs(launcher);
    this.watcher = watcher;
  }

  /**
   * Starts a container.
   *
   * @param alive what the container is in until it is closed
   */
  LinuxContainer start(ContainerSpec spec, Set<LinuxContainer> alive) {
    Undo undo = new Undo();
    String id = ContainerIds.next();
    try (UserNamespaces.Entry user = users.enter(spec);
        JoinedNamespaces joined = JoinedNamespaces.open(kernel, spec, user.descriptors())) {
      Program program =
          programs.of(request(spec, ContainerIds.PLACEHOLDER, user, joined)).named(id);

      Streams streams = Streams.open(kernel, id, spec.stdin(), spec.stdout(), spec.stderr());
      undo.push(streams::close);
      Launch launch;
      try {
        launch = launcher.begin(program, streams.theirs(), descriptors(user, joined));
      } finally {
        streams.releaseTheirs();
      }
      int pid = launch.awaitCommand();
      undo.push(() -> end(pid));

      Child child = watcher.watch(pid);
      return new LinuxContainer(id, spec, user.placement(), child, streams, watcher, alive);
    } catch (SyscallException e) {
      StartFailedException failure = failure(e);
      undo.runAfter(failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      undo.runAfter(e);
      throw e;
    }
  }

  /** What {@link #start} would do. */
  LaunchPlan plan(ContainerSpec spec) {
    try (UserNamespaces.Entry user = users.enter(spec);
        JoinedNamespaces joined = JoinedNamespaces.open(kernel, spec, user.descriptors())) {
      Plan plan = ContainerSteps.of(request(spec, ContainerIds.EXAMPLE, user, joined));
      return new LaunchPlan(plan.describe());
    } catch (SyscallException e) {
      throw failure(e);
    }
  }

  private LaunchRequest request(
      ContainerSpec spec, String id, UserNamespaces.Entry user, JoinedNamespaces joined) {
    return new LaunchRequest(
        spec, id, host, user.placement(), users.idmapLayers(spec, user), joined.numbers());
  }

  private static List<Fd> descriptors(UserNamespaces.Entry user, JoinedNamespaces joined) {
    List<Fd> descriptors = new ArrayList<>(user.descriptors());
    descriptors.addAll(joined.descriptors());
    return descriptors;
  }

  private void end(int pid) {
    kernel.kill(pid, SIGKILL);
    kernel.waitForPid(pid);
  }

  private static StartFailedException failure(SyscallException e) {
    String hint =
        switch (e.errno()) {
          case EMFILE -> "The JVM has too many open files: see ulimit -n";
          case ENFILE -> "The host has too many open files: see /proc/sys/fs/file-max";
          case EAGAIN ->
              e.call().startsWith("posix_spawn")
                  ? "Too many processes: see ulimit -u and the cgroup's pids.max"
                  : "The launcher said nothing for a minute, and was killed";
          default -> null;
        };
    return new StartFailedException(
        new LaunchPlan.Step(Actor.JVM, e.call(), "made by the JVM itself"),
        e.errno().name(),
        e.errno().message(),
        hint,
        e);
  }
}
