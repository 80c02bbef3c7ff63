package io.jcontainer.linux.process;

import io.jcontainer.ProcessSpec;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** The descriptors from 3 on that a process gets beside its streams. */
public final class PassedDescriptors implements AutoCloseable {
  private static final Slot CONTROL = new Slot("socket to the JVM");

  private final List<Fd> open = new ArrayList<>();

  private PassedDescriptors() {}

  /** Opens what the spec names, in the order of the numbers. */
  public static PassedDescriptors open(Kernel kernel, ProcessSpec spec) {
    PassedDescriptors passed = new PassedDescriptors();
    try {
      spec.descriptors()
          .forEach(
              (number, source) ->
                  passed.open.add(Streams.open(kernel, number, "descriptor " + number, source)));
      return passed;
    } catch (RuntimeException | Error e) {
      passed.close();
      throw e;
    }
  }

  /** What the launcher gets, as its last descriptors. */
  public List<Fd> theirs() {
    return open;
  }

  @Override
  public void close() {
    open.forEach(Fd::close);
  }

  /**
   * Moves all that is not the command's above the highest number that is: before there is an init,
   * which keeps the socket by the same number.
   *
   * @param control the socket to the JVM
   */
  public static void makeRoom(ProcessRequest request, int control, Steps steps) {
    Set<Integer> numbers = request.spec().descriptors().keySet();
    if (numbers.isEmpty()) {
      return;
    }
    int free = Collections.max(numbers) + 1;
    int source = request.passed();
    for (int number : numbers) {
      steps.add(
          Calls.duplicate(Arg.of(source++), free).into(slot(number)),
          "above the numbers that the command gets: one could be taken by another");
    }
    steps.add(Calls.duplicate(Arg.of(control), free).into(CONTROL), "the same for the socket");
    steps.add(new Step.Move(Arg.of(CONTROL), "its old number may be one for the command"));
  }

  /** Moves the socket back, once execve(2) has failed: the JVM asks for more by that number. */
  public static void takeBack(ProcessRequest request, int control, Steps steps) {
    if (!request.spec().descriptors().isEmpty()) {
      steps.add(
          Calls.dup3(CONTROL, control, Open.O_CLOEXEC), "nobody needs what was passed any more");
      steps.add(new Step.Move(Arg.of(control), "where the JVM expects it"));
    }
  }

  /** Puts them in their places, where execve(2) leaves them open: after all others are marked. */
  public static void place(ProcessRequest request, Steps steps) {
    for (int number : request.spec().descriptors().keySet()) {
      steps.add(Calls.dup3(slot(number), number), "open after execve(2), other than all others");
    }
  }

  private static Slot slot(int number) {
    return new Slot("for " + number);
  }
}
