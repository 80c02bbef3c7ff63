package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.LaunchPlan.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaunchPlanTest {
  private static final Step STEP = new Step(Actor.CONTAINER, "setsid()", "no terminal");

  @Test
  void a_step_prints_as_actor_call_and_why() {
    assertThat(STEP).hasToString("container  setsid()  # no terminal");
    assertThat(new Step(Actor.JVM, "pipe2(0)", "out")).hasToString("jvm        pipe2(0)  # out");
  }

  @Test
  void a_plan_prints_a_numbered_line_for_each_step() {
    LaunchPlan plan = new LaunchPlan(List.of(new Step(Actor.ASIDE, "a()", "x"), STEP));

    assertThat(plan)
        .hasToString(
            """
              1  aside      a()  # x
              2  container  setsid()  # no terminal
            """);
  }

  @Test
  void the_columns_stay_in_line_beyond_a_hundred_steps() {
    List<String> lines = new LaunchPlan(Collections.nCopies(100, STEP)).toString().lines().toList();

    assertThat(lines).hasSize(100);
    assertThat(lines.get(8)).startsWith("  9  container");
    assertThat(lines.get(99)).startsWith("100  container");
  }

  @Test
  void nothing_prints_as_nothing() {
    assertThat(new LaunchPlan(List.of())).hasToString("");
  }

  @Test
  void a_plan_keeps_what_it_was_given() {
    List<Step> steps = new ArrayList<>(List.of(STEP));
    LaunchPlan plan = new LaunchPlan(steps);
    steps.clear();

    assertThat(plan.steps()).containsExactly(STEP);
  }
}
