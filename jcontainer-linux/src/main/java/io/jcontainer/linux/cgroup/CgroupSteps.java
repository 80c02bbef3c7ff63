package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.CgroupPlacement;
import io.jcontainer.linux.request.ExecRequest;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * How a process comes into its container's cgroups before it does anything for the container, and
 * into the cgroup namespace that has them as its root.
 *
 * <p>The kernel makes namespaces before it looks at CLONE_INTO_CGROUP: a cgroup namespace of the
 * same clone would have the cgroup of the launcher as its root. So it is made, or joined, behind
 * the clone. The one exception is where a file takes a "0": the kernel compares the user ids of who
 * has opened it with those of who is to be moved, so that an ordinary user has to be in before it
 * takes other ids.
 */
public final class CgroupSteps {
  private CgroupSteps() {}

  /** In the launcher, with the JVM's ids. */
  public static void joinFirst(LaunchRequest request, Steps steps) {
    if (request.entersUser(Order.FIRST)) {
      join(request.cgroups(), steps);
    }
  }

  /** The clone that makes a container's first process, or a further one. */
  public static Step.Call clone(List<Flag> flags, Arg parentTid, CgroupPlacement cgroups) {
    return cgroups.into().isPresent()
        ? Calls.cloneInto(flags, parentTid, cgroups.into().getAsInt())
        : Calls.clone(withSignal(flags), parentTid);
  }

  private static List<Flag> withSignal(List<Flag> flags) {
    List<Flag> all = new ArrayList<>(flags);
    all.add(Flag.Clone.SIGCHLD);
    return all;
  }

  /** Whether the clone may make the cgroup namespace. */
  public static boolean clonesNamespace(LaunchRequest request) {
    return request.own(Kind.CGROUP) && !request.cgroups().isOwn();
  }

  /** First of all in the container's first process. */
  public static void enter(LaunchRequest request, Steps steps) {
    if (!request.cgroups().isOwn()) {
      return;
    }
    if (!request.entersUser(Order.FIRST)) {
      join(request.cgroups(), steps);
    }
    if (request.own(Kind.CGROUP)) {
      steps.add(
          Calls.unshare(Flag.Clone.CLONE_NEWCGROUP),
          "only now: its root is the cgroup that we are in");
    }
  }

  /**
   * Those of a container's namespaces that a further process joins behind the clone, if at all. To
   * clone into a cgroup that one has not come from is ENOENT in a cgroup namespace (nsdelegate), so
   * it makes one of its own then; and that is to belong to whom the container's belongs to, the
   * host's root, if it is one who has made it.
   */
  public static Set<Kind> notJoinedFirst(ExecRequest request) {
    Set<Kind> later = EnumSet.noneOf(Kind.class);
    if (makesNamespace(request)) {
      later.add(Kind.CGROUP);
      if (request.process().entersUser(Order.LAST)) {
        later.add(Kind.USER);
      }
    }
    return later;
  }

  private static boolean makesNamespace(ExecRequest request) {
    return request.cgroups().into().isPresent() && request.namespaces().contains(Kind.CGROUP);
  }

  /** First of all in a further process. */
  public static void enter(ExecRequest request, Steps steps) {
    join(request.cgroups(), steps);
    if (!makesNamespace(request)) {
      return;
    }
    steps.add(
        Calls.unshare(Flag.Clone.CLONE_NEWCGROUP),
        "its cgroup is below the container's, and / to it: a JVM looks for its limits by that path");
    if (notJoinedFirst(request).contains(Kind.USER)) {
      steps.add(
          Calls.setns(Arg.of(ExecRequest.CONTAINER), Flag.Clone.CLONE_NEWUSER),
          "only now: nothing in there may have rights over the cgroup namespace");
    }
  }

  private static void join(CgroupPlacement cgroups, Steps steps) {
    for (int file : cgroups.files()) {
      steps.add(
          Calls.write(Arg.named("<cgroup %d>".formatted(file), file), "0"),
          "into the container's cgroup");
    }
  }
}
