package io.jcontainer.linux.namespace;

import io.jcontainer.ClockOffsets;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import java.time.Duration;

/** The steps of an own time namespace: time_namespaces(7). */
public final class Clocks {
  private static final Slot OFFSETS = new Slot("timens_offsets");
  private static final Slot NAMESPACE = new Slot("time namespace");

  private Clocks() {}

  /**
   * Makes and enters it, in the launcher: unshare(2) puts only later children into it, and a child
   * that shares memory with a parent of another time namespace is EINVAL. Hence the setns(2).
   */
  public static void enterOwn(LaunchRequest request, Steps steps) {
    if (!request.own(Kind.TIME)) {
      return;
    }
    steps.add(Calls.unshare(Clone.CLONE_NEWTIME), "a new time namespace, for children so far");
    request
        .spec()
        .namespaces()
        .clockOffsets()
        .ifPresent(
            offsets -> {
              steps.add(
                  Calls.dumpable(true), "joining a user namespace gave our /proc files to root");
              steps.add(
                  Calls.open("/proc/self/timens_offsets", Open.O_WRONLY, Open.O_CLOEXEC)
                      .into(OFFSETS),
                  "offsets can be set as long as nobody is in it");
              steps.add(Calls.write(OFFSETS, text(offsets)), "all clocks in one write");
              steps.add(Calls.close(OFFSETS), "no longer needed");
            });
    steps.add(
        Calls.open("/proc/self/ns/time_for_children", Open.O_RDONLY, Open.O_CLOEXEC)
            .into(NAMESPACE),
        "the new one");
    steps.add(
        Calls.setns(Arg.of(NAMESPACE), Clone.CLONE_NEWTIME),
        "the launcher itself too, or it could not share memory with its child");
    steps.add(Calls.close(NAMESPACE), "entered: no longer needed");
  }

  private static String text(ClockOffsets offsets) {
    return "monotonic "
        + text(offsets.monotonic())
        + "\nboottime "
        + text(offsets.boottime())
        + "\n";
  }

  private static String text(Duration offset) {
    return offset.getSeconds() + " " + offset.getNano();
  }
}
