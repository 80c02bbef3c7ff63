package io.jcontainer.linux.plan;

import java.util.ArrayList;
import java.util.List;

/** Collects the steps of a plan in their order. Not for several threads at once. */
public final class Steps {
  private final List<Step> steps = new ArrayList<>();

  /** Adds a step. */
  public Steps add(Step step) {
    steps.add(step);
    return this;
  }

  /** Adds a call with what it is for. */
  public Steps add(Step.Call call, String why) {
    return add(call.why(why));
  }

  /** Adds steps behind these. */
  public Steps add(Steps more) {
    steps.addAll(more.steps);
    return this;
  }

  /** Adds a process that takes these steps and ends, while the launcher goes on. */
  public Steps aside(Step.Call clone, Steps body) {
    add(new Step.Aside(clone, body.steps.size()));
    steps.addAll(body.steps);
    return this;
  }

  /** The plan of all steps so far. */
  public Plan toPlan() {
    return new Plan(steps);
  }
}
