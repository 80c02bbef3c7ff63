package io.jcontainer.benchmarks;

import io.jcontainer.LaunchPlan;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Sys;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A plan that takes its own time: the clock is read before each step, and once more in a row to see
 * what that costs, and just before the first execve(2) all times go to the container's standard
 * output, which must be a pipe or a file.
 */
final class ClockedPlan {
  /** A struct timespec. */
  private static final int TIME = 16;

  /** More operations than a process aside can have: launcher.c counts them in a byte. */
  private static final int MOST_ASIDE = 255;

  private final Plan original;
  private final int execve;
  private final Memory times;

  /** Where the clock of each original step stands in the new plan. */
  private final int[] clocks;

  /** For each original step, how many are the body of the process aside that ends with it. */
  private final int[] endsAside;

  private final Plan clocked;

  private ClockedPlan(Plan original, int execve) {
    this.original = original;
    this.execve = execve;
    times = Memory.zeros("times", TIME * (2 * execve + 2));
    clocks = new int[execve + 1];
    endsAside = new int[execve + 1];
    place();
    clocked = new Plan(steps());
  }

  /** Whether a plan ends in a command. */
  static boolean fits(Plan plan) {
    return execve(plan) >= 0;
  }

  static ClockedPlan of(Plan plan) {
    return new ClockedPlan(plan, execve(plan));
  }

  private static int execve(Plan plan) {
    for (int i = 0; i < plan.steps().size(); i++) {
      if (plan.steps().get(i) instanceof Step.Call call && call.sys() == Sys.EXECVE) {
        return i;
      }
    }
    return -1;
  }

  private void place() {
    int at = 0;
    for (int i = 0; i <= execve; i++) {
      clocks[i] = at;
      at += 2;
      if (original.steps().get(i) instanceof Step.Aside aside) {
        endsAside[i + aside.length()] = aside.length();
      }
      if (endsAside[i] > 0) {
        at++;
      }
    }
  }

  private List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < execve; i++) {
      steps.add(clock(i));
      steps.add(moved(i));
      if (endsAside[i] > 0) {
        steps.add(clock(execve + 2 + i));
      }
    }
    steps.add(clock(execve));
    steps.add(clock(execve + 1));
    steps.add(
        Step.Call.of(Sys.WRITE, Arg.of(1), Arg.of(times), Arg.of(times.size())).why("the times"));
    steps.addAll(original.steps().subList(execve, original.steps().size()));
    return steps;
  }

  private Step clock(int index) {
    return Calls.clock(new Arg.Address(times, TIME * index)).why("when it begins");
  }

  /** A step that counts others counts their clocks, too. */
  private Step moved(int index) {
    Step step = original.steps().get(index);
    if (step instanceof Step.Aside aside) {
      int length = 2 * aside.length() + 1;
      if (length > MOST_ASIDE) {
        throw new IllegalStateException("too many steps aside: " + aside.length());
      }
      return new Step.Aside(aside.child(), length);
    }
    if (step instanceof Step.Call call && call.otherwise() != Step.Call.FAILS) {
      int last = index + call.otherwise();
      int next = endsAside[last] > 0 ? clocks[last] + 2 : clocks[last + 1];
      return call.otherwiseSkip(next - clocks[index] - 2);
    }
    return step;
  }

  /** What is run in its place. */
  Plan plan() {
    return clocked;
  }

  /** How many bytes the container's standard output begins with. */
  int size() {
    return times.size();
  }

  /**
   * When each step began and how long it took.
   *
   * @param bytes what the container's standard output began with
   */
  List<Event> events(byte[] bytes) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < execve; i++) {
      long begin = nanos(words, i);
      if (begin != 0) { // else it was left out
        LaunchPlan.Step step = original.describe(i);
        events.add(new Event(process(step), step.call(), begin, end(words, i)));
      }
    }
    events.add(
        new Event(
            process(original.describe(execve)),
            "clock_gettime() alone, as before each step",
            nanos(words, execve),
            nanos(words, execve + 1)));
    return events;
  }

  private static String process(LaunchPlan.Step step) {
    return switch (step.actor()) {
      case JVM -> "jvm";
      case LAUNCHER -> "launcher";
      case ASIDE -> "aside";
      case CONTAINER -> "container";
    };
  }

  /** The next moment in the same process, or where that ends, in what goes on in its place. */
  private long end(ByteBuffer words, int index) {
    int from = index + 1;
    if (original.steps().get(index) instanceof Step.Aside aside) {
      from += aside.length();
    }
    if (endsAside[index] > 0) {
      return nanos(words, execve + 2 + index);
    }
    for (int i = from; i < execve; i++) {
      long next = nanos(words, i);
      if (next != 0) {
        return next;
      }
      if (endsAside[i] > 0 && i - endsAside[i] < index) {
        return nanos(words, execve + 2 + i);
      }
    }
    return nanos(words, execve);
  }

  private static long nanos(ByteBuffer words, int index) {
    return words.getLong(TIME * index) * 1_000_000_000L + words.getLong(TIME * index + 8);
  }
}
