package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT_SETTID;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_VM;

import io.jcontainer.linux.cgroup.CgroupSteps;
import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.process.Limits;
import io.jcontainer.linux.process.Priority;
import io.jcontainer.linux.process.Process1;
import io.jcontainer.linux.request.ExecRequest;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.security.SessionKeyring;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What starts a further process in a container, in its order: the launcher joins what the container
 * has, and its child becomes the command in the same way as a container's first process.
 */
final class ExecSteps {
  private ExecSteps() {}

  /** The plan for a process: pure, nothing is made. */
  static Plan of(ExecRequest request) {
    Steps steps = new Steps();
    launcher(request, steps);
    steps.add(
        new Step.Leave(
            CgroupSteps.clone(
                    List.of(CLONE_VM, CLONE_PARENT, CLONE_PARENT_SETTID),
                    Reports.PID,
                    request.cgroups())
                .why("only a child is in a pid namespace that was joined; the launcher ends")));
    CgroupSteps.enter(request, steps);
    SessionKeyring.renew(
        request.process(), Reports.PID, "the JVM's keys are not the container's", steps);
    ProcessSteps.become(request.process(), true, false, List.of(), steps);
    return steps.toPlan();
  }

  private static void launcher(ExecRequest request, Steps steps) {
    steps.add(Calls.umask(0), "modes as the plan gives them");
    // While we still have the rights of the host's root, over the pipes too.
    Limits.raise(request.process(), steps);
    Priority.set(request.process(), steps);
    Process1.ownStreams(request.process(), steps);
    // The container's processes may not trace us, or reach our descriptors, once we are in there.
    steps.add(Calls.dumpable(false), "nobody in the container may trace us");
    List<Flag> kinds = new ArrayList<>();
    Set<Kind> late = CgroupSteps.notJoinedFirst(request);
    for (Kind kind : Kind.values()) {
      if (request.namespaces().contains(kind) && !late.contains(kind)) {
        kinds.add(kind.flag());
      }
    }
    if (!kinds.isEmpty()) {
      steps.add(
          Calls.setns(Arg.of(ExecRequest.CONTAINER), kinds.toArray(Flag[]::new)),
          "the container's namespaces in one call; to join a shared one would be EINVAL");
    }
  }
}
