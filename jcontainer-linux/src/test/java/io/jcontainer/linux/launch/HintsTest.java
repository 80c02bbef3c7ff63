package io.jcontainer.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.LaunchPlan;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.run.ContainerPlansTest;
import io.jcontainer.linux.run.ContainerPlansTest.Sample;
import io.jcontainer.linux.sys.Errno;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class HintsTest {
  private static LaunchPlan.Step step(String call) {
    return new LaunchPlan.Step(Actor.CONTAINER, call, "");
  }

  /** With which errors a step can fail: a check has only one. */
  private static Stream<Errno> errors(Step step) {
    if (step instanceof Step.Check check) {
      return Stream.of(check.error());
    }
    return Arrays.stream(Errno.values())
        .filter(errno -> !(step instanceof Step.Call call && call.tolerated().contains(errno)));
  }

  /** All hints that a step of a sample can give. */
  private static Set<String> given() {
    Set<String> given = new LinkedHashSet<>();
    for (Sample sample : ContainerPlansTest.samples()) {
      Plan plan = sample.plan();
      List<LaunchPlan.Step> described = plan.describe();
      for (int i = 0; i < described.size(); i++) {
        LaunchPlan.Step step = described.get(i);
        errors(plan.steps().get(i))
            .map(errno -> Hints.of(step, errno))
            .filter(hint -> hint != null)
            .forEach(given::add);
      }
    }
    return given;
  }

  /** A hint that no failure leads to is one that users miss: of each row of the table, its text. */
  @TestFactory
  Stream<DynamicTest> each_hint_is_given_for_a_step_of_some_plan()
      throws ReflectiveOperationException {
    Field table = Hints.class.getDeclaredField("TABLE");
    table.setAccessible(true);
    Set<String> given = given();
    return ((List<?>) table.get(null))
        .stream()
            .map(
                row ->
                    DynamicTest.dynamicTest(
                        row.toString(), () -> assertThat(given).contains(text(row))));
  }

  private static String text(Object row) throws ReflectiveOperationException {
    Method text = row.getClass().getDeclaredMethod("text");
    text.setAccessible(true);
    return (String) text.invoke(row);
  }

  @Test
  void a_cure_is_for_this_call_and_this_errno_only() {
    assertThat(Hints.of(step("setns(5, CLONE_NEWNET)"), Errno.EPERM)).contains("user namespace");
    assertThat(Hints.of(step("setns(5, CLONE_NEWNET)"), Errno.EBADF)).isNull();
    assertThat(Hints.of(step("setsid()"), Errno.EPERM)).isNull();
  }
}
