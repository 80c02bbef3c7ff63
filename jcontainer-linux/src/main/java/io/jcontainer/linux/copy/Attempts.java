package io.jcontainer.linux.copy;

import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.List;

/**
 * Steps some of which may fail without being the agent's end, so that it can take back what came
 * before.
 */
final class Attempts {
  private final Side side;
  private final Steps steps = new Steps();
  private final List<Step.Call> attempts = new ArrayList<>();
  private final List<Slot> slots = new ArrayList<>();

  Attempts(Side side) {
    this.side = side;
  }

  /** Adds a step that does not fail. */
  Attempts add(Step step) {
    steps.add(step);
    return this;
  }

  /** Adds a call that may fail in these ways: at most four. */
  Attempts attempt(Step.Call call, String why, Errno... failures) {
    Slot slot = new Slot("attempt" + attempts.size());
    Step.Call attempt = call.why(why).tolerate(failures).into(slot);
    steps.add(attempt);
    attempts.add(call);
    slots.add(slot);
    return this;
  }

  /**
   * Takes all steps, and fails as the first attempt that failed.
   *
   * @return the results of the attempts
   */
  long[] run() {
    long[] results = side.run(steps, slots.toArray(Slot[]::new));
    for (int i = 0; i < results.length; i++) {
      if (results[i] < 0) {
        Errno errno = Errno.of((int) -results[i]);
        throw new Side.SideException(side, new SyscallException(attempts.get(i).call(), errno));
      }
    }
    return results;
  }
}
