package io.jcontainer;

import java.util.List;

/**
 * What a start does, in order, written before it is done: like an strace in advance. A plan is a
 * pure function of the spec and of facts about the host.
 *
 * @param steps the steps in their order
 * @since 0.1.0
 */
public record LaunchPlan(List<Step> steps) {

  /** Who takes a step. */
  public enum Actor {
    /** The JVM itself, before the launcher is there. */
    JVM,
    /** The launcher: a tiny single-threaded program that the JVM starts. */
    LAUNCHER,
    /** A short-lived child of the launcher, which makes what another process then joins. */
    ASIDE,
    /** The container's first process, until the last step makes it the command. */
    CONTAINER
  }

  /**
   * One step: a system call.
   *
   * @param actor who takes it
   * @param call the call with its operands and decoded flags, as strace would print it
   * @param why what it is for, or why it stands where it stands
   */
  public record Step(Actor actor, String call, String why) {
    @Override
    public String toString() {
      return "%-9s  %s  # %s".formatted(actor.name().toLowerCase(java.util.Locale.ROOT), call, why);
    }
  }

  /**
   * Copies the list.
   *
   * @param steps the steps in their order
   */
  public LaunchPlan {
    steps = List.copyOf(steps);
  }

  /**
   * A line a step: its number, who takes it, the call, and why.
   *
   * @return the listing, with a newline after each line
   */
  @Override
  public String toString() {
    StringBuilder listing = new StringBuilder();
    for (int i = 0; i < steps.size(); i++) {
      listing.append("%3d  %s%n".formatted(i + 1, steps.get(i)));
    }
    return listing.toString();
  }
}
