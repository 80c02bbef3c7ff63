package io.jcontainer.linux.namespace;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;

/** The steps that enter a user namespace which the JVM has made before: user_namespaces(7). */
public final class UserNamespace {
  private UserNamespace() {}

  /** For an ordinary user: the first step of all, since all others need its capabilities. */
  public static void enterFirst(LaunchRequest request, Steps steps) {
    if (!request.entersUser(Order.FIRST)) {
      return;
    }
    steps.add(enter(), "an ordinary user has the rights for what follows only in a user namespace");
    root(request.user(), steps);
  }

  /** For root: after all mounts, which the container then cannot undo. */
  public static void enterLast(LaunchRequest request, Steps steps) {
    if (request.entersUser(Order.LAST)) {
      steps.add(enter(), "only now: the mounts belong to a namespace above, so they are locked");
    }
  }

  private static io.jcontainer.linux.plan.Step.Call enter() {
    return Calls.setns(Arg.of(UserPlacement.DESCRIPTOR), Clone.CLONE_NEWUSER);
  }

  /**
   * Takes the ids of root inside, in a user namespace that was entered last, or by joining a
   * container; one that was entered first has given them already.
   */
  public static void becomeRoot(ProcessRequest request, Steps steps) {
    root(request.user(), steps);
  }

  /** Any of these after setresuid(2) would be EPERM. */
  private static void root(UserPlacement user, Steps steps) {
    if (!user.groupsDenied()) {
      steps.add(Calls.clearGroups(), "none of the JVM's groups");
    }
    steps.add(Calls.setresgid(0), "root's group inside");
    steps.add(Calls.setresuid(0), "root inside");
  }
}
