package io.jcontainer.linux.plan;

import io.jcontainer.LaunchPlan;
import io.jcontainer.LaunchPlan.Actor;
import java.util.ArrayList;
import java.util.List;

/**
 * What the launcher and the container's first process do, in order.
 *
 * @param steps the steps; those after a {@link Step.Leave} are the container's
 * @param first who takes the first
 */
public record Plan(List<Step> steps, Actor first) {

  /** Copies the list. */
  public Plan {
    steps = List.copyOf(steps);
  }

  /** One that the launcher begins. */
  public Plan(List<Step> steps) {
    this(steps, Actor.LAUNCHER);
  }

  /** The step with this number, from 0, as users see it. */
  public LaunchPlan.Step describe(int index) {
    Step step = steps.get(index);
    return new LaunchPlan.Step(actor(index), step.call(), step.why());
  }

  /** All steps as users see them. */
  public List<LaunchPlan.Step> describe() {
    List<LaunchPlan.Step> described = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      described.add(describe(i));
    }
    return described;
  }

  private Actor actor(int index) {
    Actor actor = first;
    int asideUntil = -1;
    for (int i = 0; i < index; i++) {
      if (steps.get(i) instanceof Step.Leave) {
        actor = Actor.CONTAINER;
      } else if (steps.get(i) instanceof Step.Aside aside) {
        asideUntil = i + aside.length();
      }
    }
    return index <= asideUntil ? Actor.ASIDE : actor;
  }
}
