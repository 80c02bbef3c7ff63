package io.jcontainer.linux.namespace;

import io.jcontainer.Capability;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.util.List;

/** The steps that enter a user namespace which the JVM has made before: user_namespaces(7). */
public final class UserNamespace {
  private UserNamespace() {}

  /** For an ordinary user: the first step of all, since all others need its capabilities. */
  public static void enterFirst(LaunchRequest request, Steps steps) {
    if (!request.entersUser(Order.FIRST)) {
      return;
    }
    steps.add(
        enter(UserPlacement.DESCRIPTOR),
        "an ordinary user has the rights for what follows only in a user namespace");
    becomeRoot(request, steps);
  }

  /** After all mounts, which the container then cannot undo. */
  public static void enterLast(LaunchRequest request, Steps steps) {
    int descriptor = request.user().last();
    if (descriptor < 0) {
      return;
    }
    steps.add(
        enter(descriptor), "only now: the mounts belong to a namespace above, so they are locked");
    if (request.spec().capabilities().granted().contains(Capability.SYS_ADMIN)
        && request.own(Kind.MOUNT)) {
      steps.add(
          Calls.unshare(Clone.CLONE_NEWNS),
          "a copy that belongs to it, to mount more in: what it has already stays locked");
    }
  }

  private static Step.Call enter(int descriptor) {
    return Calls.setns(Arg.of(descriptor), Clone.CLONE_NEWUSER);
  }

  /** Takes the ids of root inside. Any of these after setresuid(2) would be EPERM. */
  private static void becomeRoot(LaunchRequest request, Steps steps) {
    if (!request.user().groupsDenied()) {
      steps.add(Calls.setgroups(List.of()), "none of the JVM's groups");
    }
    steps.add(Calls.setresgid(Arg.of(0)), "root's group inside");
    steps.add(Calls.setresuid(Arg.of(0)), "root inside");
  }
}
