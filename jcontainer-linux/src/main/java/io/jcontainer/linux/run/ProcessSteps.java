package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_VFORK;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_VM;
import static io.jcontainer.linux.plan.Flag.Clone.SIGCHLD;

import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.process.Command;
import io.jcontainer.linux.process.Limits;
import io.jcontainer.linux.process.PassedDescriptors;
import io.jcontainer.linux.process.Process1;
import io.jcontainer.linux.process.PseudoTerminal;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.security.CapabilitySteps;
import io.jcontainer.linux.user.UserSteps;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a process that is in its namespaces becomes the command, in order: as whom, with which
 * rights, where. The same for a container's first process and for those that join it later.
 */
final class ProcessSteps {
  /** SIGCANCEL and SIGSETXID of glibc. */
  private static final int[] INTERNAL_SIGNALS = {32, 33};

  private static final Step INIT =
      new Step.Init(
          Calls.clone(List.of(CLONE_VM, CLONE_VFORK, SIGCHLD), Arg.NULL)
              .why("the command; we reap orphans, hand on signals, and tell how it ends"));

  private ProcessSteps() {}

  /**
   * Becomes the command.
   *
   * @param init whether the command is a child of ours, and we its init
   * @param newRoot whether the root was made for it, and with it the terminal that it may have
   * @param held what is open for the JVM to hold
   */
  static void become(
      ProcessRequest request, boolean init, boolean newRoot, List<Slot> held, Steps steps) {
    confine(request, newRoot, steps);
    dieWithParent(steps);
    giveHeld(held, steps);
    steps.add(Reports.ready(), "tells the JVM our pid");
    settle(request, steps);
    Reports.awaitWord(steps);
    PassedDescriptors.makeRoom(request, Reports.CONTROL, steps);
    if (init) {
      steps.add(Calls.setName("init"), "what ps(1) shows");
      steps.add(Calls.setsid(), "out of the launcher's process group, which is waited for");
      becomeInit(steps);
    }
    steps.add(Calls.setsid(), "no controlling terminal: nothing can be typed into the JVM's");
    execute(request, UserLookup.home(request), steps);
  }

  /**
   * Waits for its last steps, and for the descriptors that come before them: {@link #last}. All
   * that takes time is done, and whoever it is to be has no way to reach it.
   *
   * @param held what is open for the JVM to hold, beside its mount namespace
   * @param mounts where its mount namespace is open, if it is its own
   */
  static void park(
      ProcessRequest request,
      boolean newRoot,
      List<Slot> held,
      Optional<Slot> mounts,
      Steps steps) {
    confine(request, newRoot, steps);
    steps.add(Calls.setName("parked"), "what ps(1) shows until it is started");
    steps.add(Calls.setsid(), "out of the launcher's process group, which is waited for");
    dieWithParent(steps);
    giveHeld(held, steps);
    mounts.ifPresentOrElse(
        namespace -> Reports.readyWith(namespace, "to be held until our end was told", steps),
        () -> steps.add(Reports.ready(), "tells the JVM our pid"));
    steps.add(
        Calls.closeFrom(Reports.CONTROL + 1),
        "what was joined and found: what comes gets the lowest numbers");
    Handover.await(steps);
  }

  /**
   * What a parked process does last.
   *
   * @param request with the numbers that its descriptors come by
   * @param home the variable HOME as it was looked up, or null
   */
  static void last(ProcessRequest request, boolean init, Arg.@Nullable Address home, Steps steps) {
    settle(request, steps);
    Handover.place(request.spec(), steps);
    PassedDescriptors.makeRoom(request, Reports.CONTROL, steps);
    if (init) {
      steps.add(Calls.setName("init"), "what ps(1) shows");
      becomeInit(steps);
      steps.add(Calls.setsid(), "a session for the command");
    }
    execute(request, home, steps);
  }

  /**
   * What the first parked process of a pool does before it waits on: it looks whether the working
   * directory and the command are there, and tells.
   */
  static void rehearse(ProcessRequest request, Steps steps) {
    Process1.enterWorkingDirectory(request, steps);
    Process1.closeWorkingDirectory(steps);
    Reports.refused(Command.rehearse(request, steps), steps);
  }

  /** Becomes who it is to be, with what rights it is to have. */
  private static void confine(ProcessRequest request, boolean newRoot, Steps steps) {
    boolean terminal = request.spec().terminal().isPresent();
    // Entering a user namespace fills the bounding set; dropping needs CAP_SETPCAP; so: here.
    CapabilitySteps.bound(request, steps);
    UserLookup.ask(request, steps);
    if (terminal && newRoot) {
      PseudoTerminal.own(UserSteps.uid(request), steps);
    }
    CapabilitySteps.keepWhileUserChanges(request, steps);
    UserSteps.become(request, steps);
    CapabilitySteps.keep(request, steps);
    steps.add(Calls.noNewPrivs(), "no set-user-id program gives more");
    if (terminal && !newRoot) {
      PseudoTerminal.openInRoot(request, steps); // as the user, to whom it belongs then
    }
    if (terminal) {
      PseudoTerminal.toStreams(steps);
      Reports.terminal(PseudoTerminal.MASTER, steps);
    }
  }

  private static void giveHeld(List<Slot> held, Steps steps) {
    held.forEach(
        slot -> Reports.held(slot, "to be looked at until the container is closed", steps));
  }

  private static void dieWithParent(Steps steps) {
    // A change of ids clears the death signal, so it comes after them. Whether the parent, a thread
    // of the JVM's, has died before, the report does not tell: the JVM's socket is open until the
    // last of its threads is gone, and that may be the one that takes its memory apart. So the
    // parent is to answer before the command runs.
    steps.add(Calls.dieWithParent(), "it dies with the JVM, also on kill -9");
  }

  /** With the container's rights, in its root. */
  private static void settle(ProcessRequest request, Steps steps) {
    Process1.enterWorkingDirectory(request, steps);
    steps.add(Calls.umask(request.spec().umask()), "for what the command creates");
    for (int signal : INTERNAL_SIGNALS) {
      steps.add(Calls.defaultAction(signal), "glibc's posix_spawn leaves its own signals ignored");
    }
  }

  private static void becomeInit(Steps steps) {
    steps.add(
        Calls.childSubreaper(),
        "what is left of the command's children is ours; process 1 is that anyway");
    steps.add(Calls.blockOnly("~0", -1), "signals wait until they are taken");
    steps.add(INIT);
    steps.add(Calls.dieWithParent(), "the command dies with its init");
    steps.add(Calls.blockOnly("0", 0), "the command begins with none blocked");
  }

  private static void execute(ProcessRequest request, Arg.@Nullable Address home, Steps steps) {
    if (request.spec().terminal().isPresent()) {
      PseudoTerminal.take(steps);
    }
    // Marked, not closed: a failing execve must still be reported.
    steps.add(Calls.closeOnExecFrom(3), "nothing but what the spec names is inherited");
    PassedDescriptors.place(request, steps);
    Limits.set(request, steps);
    List<Slot> results = Command.execute(request, home, steps);
    PassedDescriptors.takeBack(request, Reports.CONTROL, steps);
    Reports.refused(results, steps);
  }
}
