package io.jcontainer.linux.plan;

import io.jcontainer.linux.sys.Errno;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One step of a plan: what the launcher does with one operation. */
public sealed interface Step {

  /** What it is for, or why it stands where it stands. */
  String why();

  /** The call with its operands, as strace would print it. */
  String call();

  /**
   * A system call.
   *
   * @param tolerated errors after which the plan goes on; at most four
   * @param retried the error after which the call is made again, at most 64 times, or null
   * @param result where its result is kept, or null
   * @param otherwise how many steps are left out after any other error, or {@link #FAILS}
   */
  record Call(
      Sys sys,
      List<Arg> args,
      String why,
      Set<Errno> tolerated,
      @Nullable Errno retried,
      @Nullable Slot result,
      int otherwise)
      implements Step {
    /** The plan ends with the error. */
    public static final int FAILS = -1;

    /** A call of which every error is a failure. */
    public static Call of(Sys sys, Arg... args) {
      return new Call(sys, Arrays.asList(args), "", Set.of(), null, null, FAILS);
    }

    /** The same for this reason. */
    public Call why(String reason) {
      return new Call(sys, args, reason, tolerated, retried, result, otherwise);
    }

    /** The same, but these errors are none. */
    public Call tolerate(Errno... errors) {
      return new Call(sys, args, why, Set.of(errors), retried, result, otherwise);
    }

    /** The same, made again after this error. */
    public Call retry(Errno error) {
      return new Call(sys, args, why, tolerated, error, result, otherwise);
    }

    /** The same, with its result kept. */
    public Call into(Slot slot) {
      return new Call(sys, args, why, tolerated, retried, slot, otherwise);
    }

    /** The same, but after an error that is not tolerated the next steps are left out. */
    public Call otherwiseSkip(int steps) {
      return new Call(sys, args, why, tolerated, retried, result, steps);
    }

    @Override
    public String call() {
      String operands = args.stream().map(Arg::toString).collect(Collectors.joining(", "));
      return sys + "(" + operands + ")" + (result == null ? "" : " = <" + result.name() + ">");
    }
  }

  /**
   * A clone(2) after which the launcher ends and its child goes on with the next step, in the same
   * memory.
   */
  record Leave(Call child) implements Step {
    @Override
    public String why() {
      return child.why();
    }

    @Override
    public String call() {
      return child.call();
    }
  }

  /**
   * A clone(2) whose child takes the next steps and ends, while the launcher goes on behind them.
   * It shares the launcher's memory, with the results kept there, and its descriptors.
   */
  record Aside(Call child, int length) implements Step {
    @Override
    public String why() {
      return child.why();
    }

    @Override
    public String call() {
      return child.call();
    }
  }

  /** Waits until the child of {@link Aside} has taken its steps. */
  record Await(String why) implements Step {
    @Override
    public String call() {
      return "futex(<aside>, FUTEX_WAIT)";
    }
  }

  /**
   * Puts a value into memory, for a later call to find there.
   *
   * @param bytes how many: 4 or 8
   */
  record Store(Arg value, Arg.Address target, int bytes, String why) implements Step {
    @Override
    public String call() {
      return "*(%s) = %s".formatted(target, value);
    }
  }

  /**
   * Keeps what lies in memory as a result.
   *
   * @param bytes how many: 1, 4 or 8
   */
  record Load(Arg.Address source, int bytes, Slot result, String why) implements Step {
    @Override
    public String call() {
      return "<%s> = *(%s)".formatted(result.name(), source);
    }
  }

  /** Makes another descriptor the one by which failures are told. */
  record Move(Arg control, String why) implements Step {
    @Override
    public String call() {
      return "the socket to the JVM is " + control;
    }
  }

  /**
   * A clone(2) as vfork(2) does it: the child goes on with the next step; the parent becomes an
   * init that takes the end of orphans, hands signals on to the child, and tells of its end. All
   * signals must be blocked before.
   */
  record Init(Call child) implements Step {
    @Override
    public String why() {
      return child.why();
    }

    @Override
    public String call() {
      return child.call();
    }
  }

  /** Reads another program image from the JVM, and goes on with its first step. */
  record More(String why) implements Step {
    @Override
    public String call() {
      return "read(3, <more steps>)";
    }
  }

  /**
   * A comparison of a result, or of memory, with a number: unless {@code subject & mask} is equal
   * to it (or, with {@code differs}, is not), the plan fails with this error.
   *
   * @param call what is found out by it, as a call
   * @param subject a {@link Arg.Result} or an {@link Arg.Address}
   * @param bytes how much of the memory: 1, 4 or 8; 0 for a result
   * @param expected a number, or a {@link Arg.Result} to compare with
   */
  record Check(
      String call,
      Arg subject,
      int bytes,
      long mask,
      Arg expected,
      boolean differs,
      Errno error,
      String why)
      implements Step {

    /** The same with a number. */
    public Check(
        String call,
        Arg subject,
        int bytes,
        long mask,
        long expected,
        boolean differs,
        Errno error,
        String why) {
      this(call, subject, bytes, mask, Arg.of(expected), differs, error, why);
    }
  }
}
