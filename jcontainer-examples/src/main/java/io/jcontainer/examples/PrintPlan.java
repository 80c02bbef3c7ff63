package io.jcontainer.examples;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan;

/** What a start would do, without doing it. */
public final class PrintPlan {
  private PrintPlan() {}

  /**
   * Prints the plan for a command.
   *
   * @param command the command
   */
  public static void main(String... command) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      LaunchPlan plan = runtime.plan(ContainerSpec.of(command));
      System.out.print(plan);
    }
  }
}
