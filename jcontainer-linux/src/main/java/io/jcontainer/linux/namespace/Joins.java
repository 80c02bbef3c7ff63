package io.jcontainer.linux.namespace;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;

/** The steps that join namespaces which exist already: setns(2). */
public final class Joins {
  private Joins() {}

  /** Joins all but the user namespace, in the launcher. */
  public static void join(LaunchRequest request, Steps steps) {
    for (Kind kind : Kind.values()) {
      Integer descriptor = request.joined().get(kind);
      if (descriptor != null) {
        steps.add(
            Calls.setns(Arg.of(descriptor), kind.flag()),
            "join the " + kind.file() + " namespace that the spec names");
      }
    }
  }
}
