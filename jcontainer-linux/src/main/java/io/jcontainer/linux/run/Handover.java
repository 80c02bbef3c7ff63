package io.jcontainer.linux.run;

import io.jcontainer.ProcessSpec;
import io.jcontainer.Stdio;
import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import java.util.List;

/**
 * What a parked process is given when it is started: one message of one byte, with all descriptors
 * by SCM_RIGHTS, and behind it the image of its last steps. It has nothing open but its streams,
 * which are /dev/null, and the socket, so the kernel gives the descriptors the numbers from 4 on:
 * first those of the streams that are to be something else, then those that are passed.
 */
final class Handover {
  /** SCM_MAX_FD: more do not go into one message. A spec has at most 100, beside the streams. */
  private static final int MOST_DESCRIPTORS = 253;

  private static final int FIRST = Reports.CONTROL + 1;

  private Handover() {}

  /** The parked process's part. */
  static void await(Steps steps) {
    Memory rights = Memory.zeros("rights", 16 + 4 * MOST_DESCRIPTORS);
    steps.add(
        Calls.recvmsg(Reports.CONTROL, Memory.zeros("start", 1), rights),
        "parked: waits to be started, with the command's descriptors");
    steps.add(new Step.More("the last steps, which are the command's own"));
  }

  /** Puts the streams that it was given in their places. */
  static void place(ProcessSpec spec, Steps steps) {
    if (spec.terminal().isPresent()) {
      return; // it is there already
    }
    int next = FIRST;
    List<Stdio> streams = List.of(spec.stdin(), spec.stdout(), spec.stderr());
    for (int fd = 0; fd < streams.size(); fd++) {
      Stdio choice = streams.get(fd);
      if (choice instanceof Stdio.SameAsStdout) {
        steps.add(Calls.dup3(1, fd), "the same as standard output");
      } else if (isGiven(choice)) {
        steps.add(Calls.dup3(next++, fd), "a stream, which was /dev/null until now");
      }
    }
  }

  /** The number by which the first descriptor comes that is passed beside the streams. */
  static int passed(ProcessSpec spec) {
    long streams =
        spec.terminal().isPresent()
            ? 0
            : List.of(spec.stdin(), spec.stdout(), spec.stderr()).stream()
                .filter(Handover::isGiven)
                .count();
    return FIRST + (int) streams;
  }

  private static boolean isGiven(Stdio choice) {
    return !(choice instanceof Stdio.Null || choice instanceof Stdio.SameAsStdout);
  }
}
