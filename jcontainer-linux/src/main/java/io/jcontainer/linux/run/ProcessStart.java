package io.jcontainer.linux.run;

import io.jcontainer.ProcessSpec;
import io.jcontainer.StartFailedException;
import io.jcontainer.Terminal;
import io.jcontainer.linux.launch.Launch;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Parked;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.ChildGroup;
import io.jcontainer.linux.process.ExitReport;
import io.jcontainer.linux.process.PassedDescriptors;
import io.jcontainer.linux.process.Process1;
import io.jcontainer.linux.process.Streams;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.state.RunningProcess;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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

  /**
   * A command that runs.
   *
   * @param held what it has given the JVM to hold
   */
  record Started(Child child, Streams streams, List<Fd> held) {}

  /**
   * Runs it.
   *
   * @param owner the container, which names threads
   * @param request what the program was made of
   * @param descriptors what the plan finds from 4 on
   * @param kin who dies with the process
   * @param group the cgroups that are its own, or null
   * @param toHold how many descriptors it gives the JVM
   */
  Started start(
      Program program,
      String owner,
      ProcessRequest request,
      List<Fd> descriptors,
      Child.Kin kin,
      @Nullable ChildGroup group,
      int toHold) {
    ProcessSpec spec = request.spec();
    return orUndo(
        undo -> {
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
          List<Fd> held = awaitHeld(launch, toHold, undo);
          int pid = launch.awaitReady();
          launch.goOn();
          // Now, while it is there for sure, and has its last steps to take: the look takes no
          // time.
          OptionalLong startTime = RunningProcess.startTime(pid);
          launch.awaitCommand();
          ExitReport report = launch.report();
          if (report != null) {
            undo.push(report::close);
          }
          undo.push(() -> end(pid));
          if (group != null) {
            group.began(pid);
          }
          Child child = watcher.watch(pid, kin, report, group).startedAt(startTime);
          spec.timeout().ifPresent(time -> watcher.killAfter(child, time));
          return new Started(child, streams, held);
        });
  }

  private static List<Fd> awaitHeld(Launch launch, int toHold, Undo undo) {
    List<Fd> held = new ArrayList<>(toHold);
    undo.push(() -> held.forEach(Fd::close));
    for (int i = 0; i < toHold; i++) {
      held.add(launch.awaitHeld());
    }
    return held;
  }

  /**
   * A process that waits for its last steps.
   *
   * @param master its terminal, or null
   * @param mounts its mount namespace, if it is its own and the JVM had room for it
   * @param held what else it has given the JVM to hold
   * @param home the variable HOME as it was looked up, or null
   */
  record Waiting(
      Parked launch,
      Child child,
      @Nullable Fd master,
      Optional<Fd> mounts,
      List<Fd> held,
      Arg.@Nullable Address home,
      boolean init) {

    /** Ends it; returns at once. */
    void kill() {
      child.kill();
    }

    /** Waits for its end, and closes what is left of it. */
    void close() {
      child.kill();
      child.exit().handle((status, failure) -> 0).join();
      launch.close();
      if (master != null) {
        master.close();
      }
    }
  }

  /**
   * Runs a program that ends before its last steps.
   *
   * @param request what the program was made of
   * @param descriptors what the plan finds from 4 on
   * @param kin who dies with the process
   * @param init whether the command will have an init
   * @param group the cgroups that are its own, or null
   * @param toHold how many descriptors it gives the JVM, beside its mount namespace
   */
  Waiting park(
      Program program,
      ProcessRequest request,
      List<Fd> descriptors,
      Child.Kin kin,
      boolean init,
      @Nullable ChildGroup group,
      int toHold) {
    int readWrite = 2;
    return orUndo(
        undo -> {
          Launch launch;
          try (Fd nothing = kernel.open("/dev/null", readWrite)) {
            launch = launcher.begin(program, List.of(nothing, nothing, nothing), descriptors);
          }
          Arg.Address home = UserLookup.answer(request, launch);
          Fd master = null;
          if (request.spec().terminal().isPresent()) {
            master = launch.awaitTerminal();
            undo.push(master::close);
          }
          List<Fd> held = awaitHeld(launch, toHold, undo);
          List<Fd> sent = new ArrayList<>();
          undo.push(() -> sent.forEach(Fd::close));
          int pid = launch.awaitParked(sent);
          OptionalLong startTime = RunningProcess.startTime(pid);
          Parked parked = launch.parked();
          undo.push(parked::close);
          undo.push(() -> end(pid));
          if (group != null) {
            group.began(pid);
          }
          Child child = watcher.watch(pid, kin, init ? parked : null, group).startedAt(startTime);
          return new Waiting(parked, child, master, sent.stream().findFirst(), held, home, init);
        });
  }

  /**
   * Lets it become its command. If this fails, it has ended.
   *
   * @param owner the container, which names threads
   * @param request what it is to become
   * @param last its last steps
   * @param meanwhile what is done while it takes them
   * @return null if it had ended before it could become anything
   */
  <T> @Nullable T handOver(
      Waiting waiting,
      String owner,
      ProcessRequest request,
      Program last,
      Function<Started, T> meanwhile) {
    ProcessSpec spec = request.spec();
    return orUndo(
        undo -> {
          undo.push(waiting::close);
          Streams streams = Streams.openForParked(kernel, owner, spec);
          undo.push(streams::close);
          boolean there;
          try (PassedDescriptors passed = PassedDescriptors.open(kernel, spec)) {
            Process1.ownStreams(request, streams.theirPipes(), kernel);
            List<Fd> given = new ArrayList<>(streams.theirs());
            given.addAll(passed.theirs());
            if (waiting.master() != null) {
              Terminal size = spec.terminal().orElseThrow();
              kernel.resize(waiting.master(), size.rows(), size.columns());
            }
            there = waiting.launch().send(last, given);
          } finally {
            streams.releaseTheirs();
          }
          if (waiting.master() != null) {
            streams.takeTerminal(waiting.master());
          }
          T started =
              there ? meanwhile.apply(new Started(waiting.child(), streams, List.of())) : null;
          if (!there || !waiting.launch().awaitCommand(last, waiting.init(), waiting.child())) {
            waiting.close();
            streams.close();
            return null;
          }
          spec.timeout().ifPresent(time -> watcher.killAfter(waiting.child(), time));
          return started;
        });
  }

  /** Takes back what an action has made, if it fails. */
  private static <T extends @Nullable Object> T orUndo(Function<Undo, T> action) {
    Undo undo = new Undo();
    try {
      return action.apply(undo);
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
