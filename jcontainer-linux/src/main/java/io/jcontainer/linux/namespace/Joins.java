package io.jcontainer.linux.namespace;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;

/** The steps that join namespaces which exist already: setns(2). */
public final class Joins {
  private Joins() {}

  /**
   * Joins a time namespace, while the launcher is still alone in its memory: otherwise it is
   * EUSERS.
   */
  public static void joinTime(LaunchRequest request, Steps steps) {
    join(Kind.TIME, request, steps);
  }

  /** Joins all others but the user namespace, in the launcher. */
  public static void joinOthers(LaunchRequest request, Steps steps) {
    for (Kind kind : Kind.values()) {
      if (kind != Kind.TIME) {
        join(kind, request, steps);
      }
    }
  }

  private static void join(Kind kind, LaunchRequest request, Steps steps) {
    Integer descriptor = request.joined().get(kind);
    if (descriptor != null) {
      steps.add(
          Calls.setns(Arg.of(descriptor), kind.flag()),
          "join the " + kind.file() + " namespace that the spec names");
    }
  }
}
