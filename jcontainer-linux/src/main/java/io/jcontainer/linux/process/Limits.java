package io.jcontainer.linux.process;

import io.jcontainer.Rlimit;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;

/** The steps of resource limits: setrlimit(2). */
public final class Limits {
  private Limits() {}

  /**
   * Makes room above the JVM's hard limits, in the launcher: only the host's root may, and only
   * before a user namespace is entered. For others the kernel refuses {@link #set}.
   */
  public static void raise(ProcessRequest request, Steps steps) {
    if (!request.host().isRoot()) {
      return;
    }
    for (Rlimit limit : request.spec().rlimits()) {
      long have = request.host().hardLimits().getOrDefault(limit.resource(), Rlimit.UNLIMITED);
      if (Long.compareUnsigned(limit.hard(), have) > 0) {
        steps.add(
            Calls.prlimit(Rlimit.of(limit.resource(), limit.hard())),
            "above the JVM's hard limit: only with the rights of the host's root");
      }
    }
  }

  /** Sets them: as late as can be, for they count for our own steps too. */
  public static void set(ProcessRequest request, Steps steps) {
    for (Rlimit limit : request.spec().rlimits()) {
      steps.add(Calls.prlimit(limit), "it counts for the command, and hardly for us any more");
    }
  }
}
