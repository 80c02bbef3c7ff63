package io.jcontainer.linux.launch;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A launcher that makes calls for the JVM: where the JVM is not, or with rights that it has not. It
 * runs one program after the other and answers each. The first failure is its end, and nothing it
 * has to wait for makes the JVM wait for longer than a minute. For one thread at a time.
 */
public final class Agent implements AutoCloseable {
  private final Launch launch;
  private final Arch arch;
  private boolean lost;

  private Agent(Launch launch, Arch arch) {
    this.launch = launch;
    this.arch = arch;
  }

  /** These steps, and an answer. */
  static Program program(Steps steps, Arg body, Arg length, Arch arch) {
    Memory header = Memory.words("answer", Reports.ANSWER, 0, 0, 0);
    Steps all = new Steps();
    steps.toPlan().steps().forEach(all::add);
    all.add(new Step.Store(length, new Arg.Address(header, 8), 4, "how much there is to read"));
    all.add(Calls.send(Reports.CONTROL, Arg.of(header), Arg.of(header.size())), "the answer");
    all.add(Calls.send(Reports.CONTROL, body, length), "and what it consists of");
    all.add(new Step.More("whatever the JVM wants next"));
    return Program.nameless(all.toPlan(), arch);
  }

  static Agent started(Launch launch, Program first, Arch arch) {
    Agent agent = new Agent(launch, arch);
    try {
      agent.hear(first);
      return agent;
    } catch (RuntimeException | Error e) {
      agent.close();
      throw e;
    }
  }

  /**
   * Takes these steps.
   *
   * @return the results that they have kept in these slots; a tolerated error is negative
   * @throws SyscallException if a call failed, or the agent has not answered for a minute (EAGAIN)
   *     or is gone (EPIPE)
   */
  public long[] run(Steps steps, Slot... results) {
    Memory body = Memory.zeros("results", 8 * results.length);
    for (int i = 0; i < results.length; i++) {
      store(results[i], body, 8 * i, steps);
    }
    ByteBuffer words = ByteBuffer.wrap(ask(steps, body, Arg.of(body.size())));
    long[] values = new long[results.length];
    words.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values);
    return values;
  }

  /** Puts a result of 8 bytes into what {@link #ask} returns. */
  public static void store(Slot result, Memory body, int offset, Steps steps) {
    steps.add(new Step.Store(Arg.of(result), new Arg.Address(body, offset), 8, "a result"));
  }

  /**
   * Takes these steps.
   *
   * @param length how much of it
   * @return what this memory then holds
   * @throws SyscallException as {@link #run} does
   */
  public byte[] ask(Steps steps, Memory body, Arg length) {
    if (lost) {
      throw gone();
    }
    Program program = program(steps, Arg.of(body), length, arch);
    lost = true; // until it has answered
    launch.send(program.image());
    return hear(program);
  }

  private byte[] hear(Program program) {
    lost = true;
    byte[] header = new byte[Reports.SIZE];
    if (launch.receive(header) < header.length) {
      throw gone();
    }
    ByteBuffer words = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    if (words.getInt(0) == Reports.FAILED) {
      String call = program.describe(words.getInt(4)).call();
      int errno = words.getInt(8);
      throw new SyscallException(call, Errno.of(errno));
    }
    byte[] body = new byte[words.getInt(8)];
    if (body.length > 0 && launch.receive(body) < body.length) {
      throw gone();
    }
    lost = false;
    return body;
  }

  private static SyscallException gone() {
    return new SyscallException("recv(<agent>)", Errno.EPIPE);
  }

  /** Ends it, and waits for that. */
  @Override
  public void close() {
    if (lost) {
      IllegalStateException failure = new IllegalStateException("an agent could not be ended");
      launch.abandon(failure);
      if (failure.getSuppressed().length > 0) {
        throw failure;
      }
    } else {
      launch.finish();
    }
  }
}
