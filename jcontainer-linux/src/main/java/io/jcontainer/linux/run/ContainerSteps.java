package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_FILES;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT_SETTID;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_VM;

import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.linux.cgroup.CgroupSteps;
import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.namespace.Clocks;
import io.jcontainer.linux.namespace.Joins;
import io.jcontainer.linux.namespace.Names;
import io.jcontainer.linux.namespace.Network;
import io.jcontainer.linux.namespace.UserNamespace;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.process.Limits;
import io.jcontainer.linux.process.Priority;
import io.jcontainer.linux.process.Process1;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.rootfs.PreparedRoot;
import io.jcontainer.linux.rootfs.Rootfs;
import io.jcontainer.linux.rootfs.Scratch;
import io.jcontainer.linux.security.SessionKeyring;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a start does beyond the JVM: the launcher's steps, then those of the container's first
 * process, in their order. The features know their steps; here they are only put in order, and why
 * the order is as it is stands here.
 */
final class ContainerSteps {
  private static final Slot MOUNTS = new Slot("mount namespace");

  private ContainerSteps() {}

  /** The plan for a container: pure, nothing is made. */
  static Plan of(LaunchRequest request) {
    Steps steps = new Steps();
    rights(request, steps);
    Process1.ownStreams(request.process(), steps); // these rights are over the pipes, too
    launcher(request, steps);
    steps.add(new Step.Leave(clone(request)));
    CgroupSteps.enter(request, steps);
    boolean mounts = HeldFiles.takesMounts(request) && openMounts(request, steps).isPresent();
    root(request, steps);
    List<Slot> held = new ArrayList<>();
    if (Scratch.isHeld(request)) {
      held.add(Scratch.HELD);
    }
    if (mounts) {
      held.add(MOUNTS);
    }
    ProcessSteps.become(
        request.process(), request.spec().init(), request.spec().rootfs().isPresent(), held, steps);
    return steps.toPlan();
  }

  /** The plan for a container that waits before its last steps; its streams are /dev/null. */
  static Plan parked(LaunchRequest request) {
    Steps steps = new Steps();
    rights(request, steps);
    launcher(request, steps);
    steps.add(new Step.Leave(clone(request)));
    CgroupSteps.enter(request, steps);
    Optional<Slot> mounts = openMounts(request, steps);
    root(request, steps);
    List<Slot> held = Scratch.isHeld(request) ? List.of(Scratch.HELD) : List.of();
    ProcessSteps.park(request.process(), request.spec().rootfs().isPresent(), held, mounts, steps);
    return steps.toPlan();
  }

  /** Those last steps, with the descriptors where {@link Handover} has put them. */
  static Plan last(LaunchRequest request, Arg.@Nullable Address home) {
    ProcessRequest process =
        request.process().withPassed(Handover.passed(request.spec().process()));
    Steps steps = new Steps();
    ProcessSteps.last(process, request.spec().init(), home, steps);
    return new Plan(steps.toPlan().steps(), Actor.CONTAINER);
  }

  /** What tells whether these could be taken, and leaves no trace but for another image to come. */
  static Plan rehearsal(LaunchRequest request) {
    Steps steps = new Steps();
    ProcessSteps.rehearse(request.process(), steps);
    return new Plan(steps.toPlan().steps(), Actor.CONTAINER);
  }

  /** What waits for {@link #last} again. */
  static Plan waiting() {
    Steps steps = new Steps();
    Handover.await(steps);
    return new Plan(steps.toPlan().steps(), Actor.CONTAINER);
  }

  /** While we still have the rights of the host's root. */
  private static void rights(LaunchRequest request, Steps steps) {
    steps.add(Calls.umask(0), "modes as the plan gives them");
    Limits.raise(request.process(), steps);
    Priority.set(request.process(), steps);
  }

  private static void launcher(LaunchRequest request, Steps steps) {
    CgroupSteps.joinFirst(request, steps);
    // An ordinary user's rights begin here.
    UserNamespace.enterFirst(request, steps);
    // Before the joins: its files lie in the /proc of the JVM's pid namespace.
    Clocks.enterOwn(request, steps);
    // Nothing that is inside already may trace us, or reach our descriptors, once we are in there.
    steps.add(Calls.dumpable(false), "nobody in a namespace that we join may trace us");
    Joins.joinTime(request, steps);
    // As early as can be, since it takes longest. It must still see the JVM's /proc.
    Network.makeAside(request, steps);
    Joins.joinOthers(request, steps);
    // The last, for it takes the root directory, and with it /proc, away.
    PreparedRoot.join(request, steps);
  }

  /**
   * CLONE_PARENT: the container is a child of the JVM, as the launcher is. CLONE_VM: nothing is
   * copied; the launcher ends at once, without touching memory. CLONE_FILES: what the process aside
   * opens is open here.
   */
  private static Step.Call clone(LaunchRequest request) {
    List<Flag> flags =
        new ArrayList<>(List.of(CLONE_VM, CLONE_FILES, CLONE_PARENT, CLONE_PARENT_SETTID));
    for (Kind kind : List.of(Kind.PID, Kind.MOUNT, Kind.UTS, Kind.IPC, Kind.CGROUP)) {
      boolean clone =
          kind == Kind.CGROUP ? CgroupSteps.clonesNamespace(request) : request.own(kind);
      if (clone && !request.prepared().containsKey(kind)) {
        flags.add(kind.flag());
      }
    }
    return CgroupSteps.clone(flags, Reports.PID, request.cgroups())
        .why("the container's first process; the launcher ends");
  }

  /** What the JVM is to hold. */
  private static Optional<Slot> openMounts(LaunchRequest request, Steps steps) {
    if (!request.own(Kind.MOUNT)) {
      return Optional.empty();
    }
    steps.add(
        Calls.open("/proc/self/ns/mnt", Open.O_RDONLY, Open.O_CLOEXEC).into(MOUNTS),
        "while this is the host's /proc");
    return Optional.of(MOUNTS);
  }

  /** Up to the root and the user namespace. */
  private static void root(LaunchRequest request, Steps steps) {
    Rootfs.enter(request, steps);
    if (request.spec().rootfs().isEmpty()) {
      Network.enter(request, steps); // else the root file system has, before it mounted /sys
    }
    Names.set(request, steps);

    SessionKeyring.renew(
        request.process(),
        Reports.PID,
        "the JVM's keys are not the container's; before the user namespace, for the quota is root's",
        steps);
    // The user namespace last: the mounts belong to one above, and cannot be undone from inside.
    UserNamespace.enterLast(request, steps);
  }
}
