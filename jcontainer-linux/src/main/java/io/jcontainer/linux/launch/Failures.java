package io.jcontainer.linux.launch;

import io.jcontainer.ContainerException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What is thrown when a process does not become its command. */
final class Failures {
  private Failures() {}

  /** What was told last. */
  static ContainerException of(Program program, Reports.Told told) {
    Reports.Failure failure = told.failure();
    if (failure == null) {
      return killedTooEarly();
    }
    LaunchPlan.Step step = program.describe(failure.step());
    Optional<Errno> errno = Errno.find(failure.errno());
    return new StartFailedException(
        step,
        errno.map(Errno::name).orElse("errno " + failure.errno()),
        errno.map(Errno::message).orElse("an error that Linux does not document"),
        errno.map(known -> Hints.of(step, known)).orElse(null),
        null);
  }

  /** Why the command could not be executed. */
  static ContainerException of(Program program, Refusal refusal) {
    LaunchPlan.Step step = program.step(refusal);
    String hint = refusal.hint() == null ? Hints.of(step, refusal.errno()) : refusal.hint();
    return new StartFailedException(
        step, refusal.errno().name(), refusal.errno().message(), hint, null);
  }

  /** Finds out why none of so many execve(2) has succeeded; the child waits to be asked. */
  static Refusal askWhy(Kernel kernel, Fd control, Program program, int count) {
    List<Integer> results = results(kernel, control, count);
    Inspection inspection = new Inspection(kernel, control, program.arch());
    return Refusal.of(program.candidates(), results, inspection::look, program.arch());
  }

  /**
   * The same for those that were not made: why none of them would succeed; null if one could.
   *
   * @param program has them
   */
  static @Nullable Refusal foresee(Kernel kernel, Fd control, Program program, int count) {
    List<Integer> results = new ArrayList<>(results(kernel, control, count));
    Inspection inspection = new Inspection(kernel, control, program.arch());
    List<String> paths = program.candidates();
    for (int i = 0; i < count; i++) {
      if (results.get(i) == 0) {
        Errno foreseen = Refusal.foresee(paths.get(i), inspection::look, program.arch());
        if (foreseen == null) {
          return null;
        }
        results.set(i, -foreseen.number());
      }
    }
    return Refusal.of(paths, results, inspection::look, program.arch());
  }

  private static List<Integer> results(Kernel kernel, Fd control, int count) {
    byte[] bytes = new byte[4 * count];
    if (kernel.receive(control, bytes) < bytes.length) {
      throw killedTooEarly();
    }
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return IntStream.range(0, count).mapToObj(i -> words.getInt(4 * i)).toList();
  }

  static ContainerException killedTooEarly() {
    return new ContainerException(
        "start failed: the container's first process was killed before it became the command;"
            + " perhaps the host is short of memory (dmesg tells)");
  }
}
