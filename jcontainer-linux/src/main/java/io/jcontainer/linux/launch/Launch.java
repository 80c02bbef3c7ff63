package io.jcontainer.linux.launch;

import io.jcontainer.ContainerException;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.process.ExitReport;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A plan under way. It ends with {@link #awaitCommand}, with {@link #finish}, or with a failure of
 * any of these methods; then the launcher, and on a failure its child, have been waited for.
 */
public final class Launch {
  private static final int SIGKILL = 9;

  /** What it says does not matter. */
  static final byte[] WORD = {1};

  private final Kernel kernel;
  private final Program program;
  private final int launcher;
  private final Fd control;
  private int child;
  private boolean toldToGoOn;
  private @Nullable ExitReport report;

  Launch(Kernel kernel, Program program, int launcher, Fd control) {
    this.kernel = kernel;
    this.program = program;
    this.launcher = launcher;
    this.control = control;
  }

  /** What the launcher sends of its own, as {@link Kernel#receive} says. */
  int receive(byte[] target) {
    return kernel.receive(control, target);
  }

  /** The same as far as it is there, as {@link Kernel#receiveNow} says. */
  int receiveNow(byte[] target, List<Fd> descriptors) {
    return kernel.receiveNow(control, target, descriptors);
  }

  /** How many bytes of it are there. */
  int available() {
    return kernel.available(control);
  }

  /** Sends what a step waits for. */
  public void send(byte[] message) {
    try {
      kernel.send(control, message);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EPIPE) { // it has ended already, and its report says why
        throw e;
      }
    }
  }

  /**
   * Waits until the child has reported itself; it goes on with its plan.
   *
   * @return its process number
   * @throws StartFailedException if a step failed before
   */
  public int awaitReady() {
    if (child != 0) {
      return child;
    }
    return ready(hearBytes(Reports.SIZE));
  }

  private int ready(byte[] message) {
    Reports.Told told = parse(message);
    if (told.pid() == 0) {
      throw failure(told);
    }
    child = told.pid();
    return child;
  }

  /**
   * Tells the child, which is ready, that the calling thread is alive; idempotent. It has asked to
   * die with this thread, and if that had died before, would live for ever.
   */
  public void goOn() {
    if (!toldToGoOn) {
      toldToGoOn = true;
      try {
        send(WORD);
      } catch (RuntimeException | Error e) {
        abandon(e);
        throw e;
      }
    }
  }

  /**
   * Waits for a file that the child has read.
   *
   * @return its content, or null if there is none
   * @throws StartFailedException if a step failed before
   */
  public byte @Nullable [] awaitFile() {
    byte[] message = hearBytes(Reports.SIZE);
    Reports.FileHead head;
    try {
      head = Reports.parseFile(message);
    } catch (RuntimeException e) {
      abandon(e);
      throw e;
    }
    if (head == null) {
      throw failure(Reports.parse(message, message.length));
    }
    byte[] content = hearBytes(head.size());
    if (content.length < head.size()) {
      throw failure(Reports.parseInsteadOfFile(content));
    }
    return head.exists() ? content : null;
  }

  /**
   * Waits until the child has sent its terminal, just before {@link #awaitReady}.
   *
   * @return the master
   * @throws StartFailedException if a step failed before
   * @throws SyscallException if it did not get through
   */
  public Fd awaitTerminal() {
    return awaitDescriptor(Reports::isTerminal);
  }

  /**
   * Waits until the child has sent something that is to be held, just before {@link #awaitReady}.
   *
   * @return its descriptor
   * @throws StartFailedException if a step failed before
   * @throws SyscallException if it did not get through
   */
  public Fd awaitHeld() {
    return awaitDescriptor(Reports::isHeld);
  }

  private Fd awaitDescriptor(Predicate<byte[]> isIt) {
    List<Fd> received = new ArrayList<>();
    byte[] message = hearBytes(Reports.SIZE, into -> kernel.receive(control, into, received));
    if (!isIt.test(message)) {
      throw failure(Reports.parse(message, message.length));
    }
    if (received.isEmpty()) {
      SyscallException failure =
          new SyscallException("recvmsg(" + control + ") of a descriptor", Errno.EMFILE);
      abandon(failure);
      throw failure;
    }
    return received.get(0);
  }

  /**
   * Waits until the child has become the command, or the init of the command.
   *
   * @return its process number
   * @throws StartFailedException if a step failed
   */
  public int awaitCommand() {
    awaitReady();
    goOn();
    Reports.Told told = hear();
    if (told.failure() != null) {
      throw failure(told);
    }
    if (told.refused() > 0) {
      throw refused(told.refused());
    }
    if (told.running()) {
      report = new InitReport(kernel, control);
    } else {
      letGo();
    }
    // The command is no longer in the group: setsid(2). Unless it was killed before it got there.
    if (reap().contains(child)) {
      letGo();
      throw Failures.killedTooEarly();
    }
    return child;
  }

  /**
   * Waits until the child is parked: it has taken all steps but the last, and left the launcher's
   * process group.
   *
   * @param sent gets the descriptor that has come along with that, if any; the caller's to close
   * @return its process number
   * @throws StartFailedException if a step failed
   */
  public int awaitParked(List<Fd> sent) {
    ready(hearBytes(Reports.SIZE, into -> kernel.receive(control, into, sent)));
    reap();
    return child;
  }

  /** What is left of it once {@link #awaitParked} has returned: the socket. */
  public Parked parked() {
    return new Parked(kernel, program, control);
  }

  /** What the init will tell, once {@link #awaitCommand} has returned; null without an init. */
  public @Nullable ExitReport report() {
    return report;
  }

  /**
   * Waits until the child has taken all steps and has ended.
   *
   * @throws StartFailedException if a step failed
   */
  public void awaitDone() {
    awaitReady();
    Reports.Told told = hear();
    if (!told.running()) {
      throw failure(told);
    }
    end();
  }

  /** Lets a child end that waits for it. */
  public void letGo() {
    control.close();
  }

  /** Lets a child end that waits for it, and waits for that. */
  public void finish() {
    letGo();
    reap();
  }

  /** Ends a launcher that has no child, whatever it is at, and waits for that. */
  void kill() {
    kernel.kill(launcher, SIGKILL);
    finish();
  }

  /** Gives up after a failure of the JVM; what fails now is added to it. */
  public void abandon(Throwable failure) {
    attempt(() -> kernel.kill(-launcher, SIGKILL), failure); // its process group
    if (child != 0) {
      attempt(() -> kernel.kill(child, SIGKILL), failure); // setsid(2) may have taken it out of it
    }
    attempt(this::end, failure);
  }

  private static void attempt(Runnable action, Throwable failure) {
    try {
      action.run();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private void end() {
    letGo();
    if (child != 0) {
      kernel.waitForPid(child);
    }
    reap();
  }

  /** The launcher is in its own group, unless it was killed before it could make it. */
  private List<Integer> reap() {
    List<Integer> reaped = kernel.reapGroup(launcher);
    if (!reaped.contains(launcher)) {
      kernel.waitForPid(launcher);
    }
    return reaped;
  }

  /** The next message; nothing in it at the end of file. */
  private Reports.Told hear() {
    return parse(hearBytes(Reports.SIZE));
  }

  private Reports.Told parse(byte[] message) {
    try {
      return Reports.parse(message, message.length);
    } catch (RuntimeException e) {
      abandon(e);
      throw e;
    }
  }

  /** So many bytes; fewer at the end of file. */
  private byte[] hearBytes(int count) {
    return hearBytes(count, into -> kernel.receive(control, into));
  }

  private byte[] hearBytes(int count, ToIntFunction<byte[]> receive) {
    byte[] bytes = new byte[count];
    try {
      return Arrays.copyOf(bytes, receive.applyAsInt(bytes));
    } catch (SyscallException e) {
      if (e.errno() == Errno.ECONNRESET) { // the launcher was killed before it had read its program
        return new byte[0];
      }
      abandon(e);
      throw e;
    } catch (RuntimeException | Error e) {
      abandon(e);
      throw e;
    }
  }

  /** What the launcher told, once it and its child have ended. */
  private ContainerException failure(Reports.Told told) {
    end();
    return Failures.of(program, told);
  }

  /** Why none of the plan's execve(2) has succeeded; the child waits to be asked. */
  private ContainerException refused(int count) {
    Refusal refusal;
    try {
      refusal = Failures.askWhy(kernel, control, program, count);
    } catch (RuntimeException | Error e) {
      abandon(e);
      throw e;
    }
    end();
    return Failures.of(program, refusal);
  }
}
