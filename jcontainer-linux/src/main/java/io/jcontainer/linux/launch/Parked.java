package io.jcontainer.linux.launch;

import io.jcontainer.StartFailedException;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.ExitReport;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.Kernel.ChildEnd;
import io.jcontainer.linux.sys.SyscallException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The JVM's side of a process that waits for its last steps, and that the watcher has already. With
 * an init, it is what that reports, too: the watcher may come to read the end before the thread
 * that hands over has read the beginning.
 */
public final class Parked implements ExitReport {
  private final Kernel kernel;
  private final Program first;
  private final Fd control;
  private boolean running;
  private boolean closed;

  Parked(Kernel kernel, Program first, Fd control) {
    this.kernel = kernel;
    this.first = first;
    this.control = control;
  }

  /**
   * The program of its last steps.
   *
   * @throws io.jcontainer.InvalidSpecException if command and environment are larger than any
   *     kernel takes
   */
  public Program last(Plan plan) {
    return Program.after(first, plan);
  }

  /** The same without the words of the process. */
  public Template template(Plan plan) {
    return Template.of(plan, first.arch(), "", first.zerosBegin());
  }

  /** What {@link #template} depends on beside the plan. */
  public Object memory() {
    return first.zerosBegin();
  }

  /**
   * Sends the last steps.
   *
   * @param descriptors what it finds from 4 on
   * @return whether it was still there
   */
  public synchronized boolean send(Program last, List<Fd> descriptors) {
    if (closed) {
      return false;
    }
    byte[] image = last.image();
    byte[] message = new byte[1 + image.length];
    System.arraycopy(image, 0, message, 1, image.length);
    try {
      kernel.send(control, message, descriptors);
      return true;
    } catch (SyscallException e) {
      if (e.errno() == Errno.EPIPE || e.errno() == Errno.ECONNRESET) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Waits until it has become the command, or the init of the command.
   *
   * <p>That it is killed after it has read its last steps and before execve(2) cannot be told from
   * that it is killed right afterwards.
   *
   * @param init whether there is an init
   * @return false if it has ended before, or has not answered for a minute; no command has run then
   * @throws StartFailedException if a step failed; then it has ended, and been waited for
   */
  public boolean awaitCommand(Program last, boolean init, Child child) {
    Reports.Told told;
    try {
      told = hear();
    } catch (SyscallException e) {
      if (e.errno() == Errno.ECONNRESET || e.errno() == Errno.EAGAIN) {
        return false;
      }
      throw e;
    }
    if (told.failure() != null) {
      end(child);
      throw Failures.of(last, told);
    }
    if (told.refused() > 0) {
      Refusal refusal = Failures.askWhy(kernel, control, last, told.refused());
      end(child);
      throw Failures.of(last, refusal);
    }
    if (init) {
      return told.running();
    }
    close();
    return true;
  }

  /**
   * Finds out whether it could become the command, and lets it wait on.
   *
   * @param rehearsal tells, and then waits for an image
   * @param last what it would be sent
   * @param waiting waits for that again
   * @throws StartFailedException if it could not; then it has ended, and been waited for
   */
  public void rehearse(Plan rehearsal, Program last, Plan waiting, Child child) {
    Program program = last(rehearsal);
    try {
      Reports.Told told =
          send(program, List.of()) ? hear() : new Reports.Told(0, null, false, 0, null);
      if (told.refused() == 0) {
        throw Failures.of(program, told);
      }
      Refusal refusal = Failures.foresee(kernel, control, last, told.refused());
      if (refusal != null) {
        throw Failures.of(last, refusal);
      }
      kernel.send(control, last(waiting).image());
    } catch (RuntimeException | Error e) {
      end(child);
      throw e;
    }
  }

  private synchronized Reports.Told hear() {
    if (running || closed) { // the watcher was first
      return new Reports.Told(0, null, running, 0, null);
    }
    byte[] message = new byte[Reports.SIZE];
    int length = kernel.receive(control, message);
    Reports.Told told = Reports.parse(Arrays.copyOf(message, length), length);
    running = told.running();
    return told;
  }

  private void end(Child child) {
    close();
    child.kill();
    child.exit().handle((status, failure) -> 0).join();
  }

  /** Of an init. */
  @Override
  public synchronized Optional<ChildEnd> read() {
    if (!running) {
      try {
        if (!hear().running()) {
          return Optional.empty();
        }
      } catch (SyscallException e) {
        return Optional.empty(); // it was killed before it had read all that we sent
      }
    }
    return new InitReport(kernel, control).read();
  }

  @Override
  public synchronized void close() {
    closed = true;
    control.close();
  }
}
