package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWUSER;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT_SETTID;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_VM;
import static io.jcontainer.linux.plan.Flag.Clone.SIGCHLD;

import io.jcontainer.ContainerException;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.probe.Trial;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Has the launcher take the steps of a trial, in a process that is made as a container's first. */
final class TrialRunner implements Trial.Runner {
  private static final int O_RDWR = 2;

  private final Kernel kernel;
  private final Launcher launcher;
  private final boolean root;
  private final @Nullable Fd user;

  /**
   * For a user.
   *
   * @param root whether it has all rights without a user namespace
   * @param user a user namespace, or null if there can be none
   */
  TrialRunner(Kernel kernel, Launcher launcher, boolean root, @Nullable Fd user) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.root = root;
    this.user = user;
  }

  @Override
  public Optional<Trial.Failure> run(Trial trial) {
    boolean joins = trial.rights() && !root;
    if (joins && user == null) {
      return Optional.of(
          new Trial.Failure(
              "an ordinary user needs a user namespace for it",
              Optional.of("See user-namespaces")));
    }
    try {
      attempt(trial, joins);
      return Optional.empty();
    } catch (StartFailedException e) {
      return Optional.of(new Trial.Failure(e.step().call() + ": " + e.errno(), e.hint()));
    } catch (SyscallException | ContainerException e) {
      return Optional.of(new Trial.Failure(String.valueOf(e.getMessage()), Optional.empty()));
    }
  }

  private void attempt(Trial trial, boolean joins) {
    Steps steps = new Steps();
    if (joins) {
      steps.add(
          Calls.setns(Arg.of(UserPlacement.DESCRIPTOR), CLONE_NEWUSER), "the rights of its root");
    }
    List<Flag> flags = new ArrayList<>(List.of(CLONE_VM, CLONE_PARENT, CLONE_PARENT_SETTID));
    flags.addAll(trial.namespaces());
    flags.add(SIGCHLD);
    steps
        .add(new Step.Leave(Calls.clone(flags, Reports.PID).why("a process that tries it")))
        .add(Calls.dieWithParent(), "not without the JVM")
        .add(Reports.ready(), "tells the JVM our pid")
        .add(trial.steps())
        .add(Reports.done(), "it works");
    Program program = launcher.compile(steps.toPlan(), ContainerIds.PLACEHOLDER);
    try (Fd nothing = kernel.open("/dev/null", O_RDWR)) {
      launcher
          .begin(
              program, List.of(nothing, nothing, nothing), user == null ? List.of() : List.of(user))
          .awaitDone();
    }
  }
}
