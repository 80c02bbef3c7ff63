package io.jcontainer.linux.plan;

import static io.jcontainer.LaunchPlan.Actor.ASIDE;
import static io.jcontainer.LaunchPlan.Actor.CONTAINER;
import static io.jcontainer.LaunchPlan.Actor.LAUNCHER;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.LaunchPlan;
import io.jcontainer.linux.plan.Step.Call;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final Call CLONE = Calls.clone(List.of(), Arg.NULL).why("a child");

  private static Steps steps(int count) {
    Steps steps = new Steps();
    for (int i = 0; i < count; i++) {
      steps.add(Calls.umask(i), "step " + i);
    }
    return steps;
  }

  private static List<LaunchPlan.Actor> actors(Plan plan) {
    return plan.describe().stream().map(LaunchPlan.Step::actor).toList();
  }

  @Test
  void the_launcher_clones_the_container_which_takes_all_further_steps() {
    Plan plan = steps(2).add(new Step.Leave(CLONE)).add(Calls.setsid(), "").toPlan();

    assertThat(actors(plan)).containsExactly(LAUNCHER, LAUNCHER, LAUNCHER, CONTAINER);
  }

  @Test
  void a_process_aside_takes_its_steps_and_the_launcher_goes_on() {
    Plan plan =
        steps(1)
            .aside(CLONE, steps(2))
            .add(Calls.setsid(), "")
            .add(new Step.Leave(CLONE))
            .add(Calls.setsid(), "")
            .toPlan();

    assertThat(actors(plan))
        .containsExactly(LAUNCHER, LAUNCHER, ASIDE, ASIDE, LAUNCHER, LAUNCHER, CONTAINER);
  }

  @Test
  void two_processes_aside_are_not_taken_for_one() {
    Plan plan =
        new Steps().aside(CLONE, steps(1)).aside(CLONE, steps(0)).aside(CLONE, steps(1)).toPlan();

    assertThat(actors(plan)).containsExactly(LAUNCHER, ASIDE, LAUNCHER, LAUNCHER, ASIDE);
  }

  @Test
  void aside_knows_how_many_steps_are_its_own() {
    Plan plan = new Steps().aside(CLONE, steps(3)).add(Calls.setsid(), "").toPlan();

    assertThat(plan.steps().get(0)).isEqualTo(new Step.Aside(CLONE, 3));
  }

  @Test
  void users_see_each_step_with_its_call_and_why() {
    Plan plan = steps(1).add(new Step.Leave(CLONE)).toPlan();

    assertThat(plan.describe())
        .containsExactly(
            new LaunchPlan.Step(LAUNCHER, "umask(00)", "step 0"),
            new LaunchPlan.Step(LAUNCHER, "clone(0, NULL, NULL, NULL, NULL)", "a child"));
    assertThat(plan.describe(1)).isEqualTo(plan.describe().get(1));
  }

  @Test
  void a_plan_keeps_what_it_was_given() {
    List<Step> list = new ArrayList<>(List.of(Calls.setsid()));
    Plan plan = new Plan(list);
    list.clear();

    assertThat(plan.steps()).containsExactly(Calls.setsid());
  }
}
