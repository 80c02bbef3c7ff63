package io.jcontainer.linux.launch;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A launcher that makes descriptors in advance: each order is a program, and its answer a
 * descriptor, which lies in the socket until it is taken. So nobody waits for it, and there is no
 * thread for it: neither to give an order nor to take an answer takes longer than the call. The
 * first failure is its end. For one thread at a time.
 */
public final class Supply implements AutoCloseable {
  private final Launch launch;
  private final Program order;

  private Supply(Launch launch, Program order) {
    this.launch = launch;
    this.order = order;
  }

  /** The steps that are taken once, and word of it. */
  static Program entrance(Steps steps, Arch arch) {
    return Program.nameless(
        new Steps()
            .add(steps)
            .add(Reports.done().why("the JVM may give orders now"))
            .add(new Step.More("an order"))
            .toPlan(),
        arch);
  }

  /** The steps that make one, and the answer. */
  static Program order(Steps make, Slot made, Arch arch) {
    Steps steps = new Steps().add(make);
    Reports.made(made, steps);
    steps.add(new Step.More("the next order"));
    return Program.nameless(steps.toPlan(), arch);
  }

  /** Waits until the launcher has taken its first steps. */
  static Supply entered(Launch launch, Program entrance, Program order) {
    Supply supply = new Supply(launch, order);
    try {
      byte[] message = new byte[Reports.SIZE];
      int count = launch.receive(message);
      if (!Reports.parse(message, count).running()) {
        throw failure(entrance, message, count);
      }
      return supply;
    } catch (RuntimeException | Error e) {
      supply.close();
      throw e;
    }
  }

  /** Asks for one more. */
  public void order() {
    launch.send(order.image());
  }

  /**
   * One that is there.
   *
   * @throws SyscallException the call that failed, or EPIPE if the launcher is gone; it only is to
   *     be closed then
   */
  public Optional<Fd> take() {
    byte[] message = new byte[Reports.SIZE];
    List<Fd> received = new ArrayList<>();
    int count = receive(message, received);
    if (count == Kernel.WOULD_BLOCK) {
      return Optional.empty();
    }
    if (!Reports.isMade(Arrays.copyOf(message, count))) {
      throw failure(order, message, count);
    }
    if (received.isEmpty()) { // the JVM has no room for it
      throw new SyscallException("recvmsg(<supply>) of a descriptor", Errno.EMFILE);
    }
    return Optional.of(received.get(0));
  }

  private int receive(byte[] message, List<Fd> received) {
    try {
      return launch.receiveNow(message, received);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ECONNRESET) { // killed before it had read all orders
        return 0;
      }
      throw e;
    }
  }

  /** How many are there. */
  public int ready() {
    return launch.available() / Reports.SIZE;
  }

  private static SyscallException failure(Program program, byte[] message, int count) {
    Reports.Failure failure = Reports.parse(message, count).failure();
    return failure == null
        ? new SyscallException("recvmsg(<supply>)", Errno.EPIPE)
        : new SyscallException(program.describe(failure.step()).call(), Errno.of(failure.errno()));
  }

  /** Ends it, and what nobody has taken. */
  @Override
  public void close() {
    launch.kill();
  }
}
