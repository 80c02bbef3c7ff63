package io.jcontainer.linux.process;

import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;

/** The steps that say how important a process is when processors or memory are short. */
public final class Priority {
  private static final Slot OOM = new Slot("oom_score_adj");

  private Priority() {}

  /**
   * Sets what the spec says, in the launcher: the child inherits it. To raise any of it needs the
   * rights of the host's root, which a user namespace takes away; and the file is no longer ours
   * once the launcher cannot be traced.
   */
  public static void set(ProcessRequest request, Steps steps) {
    request
        .spec()
        .oomScoreAdj()
        .ifPresent(
            score -> {
              steps.add(
                  Calls.open("/proc/self/oom_score_adj", Open.O_WRONLY, Open.O_CLOEXEC).into(OOM),
                  "the JVM's /proc, which nobody in the container has made");
              steps.add(Calls.write(OOM, Integer.toString(score)), "children inherit it");
              steps.add(Calls.close(OOM), "no longer needed");
            });
    request
        .spec()
        .scheduling()
        .ifPresent(
            scheduling ->
                steps.add(Calls.schedSetscheduler(scheduling), "children inherit the class"));
    request
        .spec()
        .nice()
        .ifPresent(nice -> steps.add(Calls.setpriority(nice), "children inherit the nice value"));
  }
}
