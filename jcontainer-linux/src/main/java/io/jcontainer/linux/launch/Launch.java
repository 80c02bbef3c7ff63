package io.jcontainer.linux.launch;

import io.jcontainer.ContainerException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.Optional;

/**
 * A plan under way. It ends with {@link #awaitCommand}, with {@link #finish}, or with a failure of
 * any of these methods; then the launcher, and on a failure its child, have been waited for.
 */
public final class Launch {
  private static final int SIGKILL = 9;

  private final Kernel kernel;
  private final Program program;
  private final int launcher;
  private final Fd control;

  Launch(Kernel kernel, Program program, int launcher, Fd control) {
    this.kernel = kernel;
    this.program = program;
    this.launcher = launcher;
    this.control = control;
  }

  void send(byte[] image) {
    try {
      kernel.send(control, image);
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
    return await(Reports.SIZE).pid();
  }

  /**
   * Waits until the child has become the command.
   *
   * @return its process number
   * @throws StartFailedException if a step failed
   */
  public int awaitCommand() {
    int pid = await(2 * Reports.SIZE).pid();
    control.close();
    kernel.reapGroup(launcher); // the command is no longer in it: setsid(2)
    return pid;
  }

  /** Lets a child end that waits for it. */
  public void letGo() {
    control.close();
  }

  /** Lets a child end that waits for it, and waits for that. */
  public void finish() {
    letGo();
    kernel.reapGroup(launcher);
  }

  /** Gives up after a failure; what fails now is added to it. */
  public void abandon(RuntimeException failure) {
    try {
      finish();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** Kills the launcher and its children after a failure: nobody would read their reports. */
  private void kill(RuntimeException failure) {
    try {
      kernel.kill(-launcher, SIGKILL); // its process group
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private Reports.Told await(int bytes) {
    byte[] messages = new byte[bytes];
    Reports.Told told;
    try {
      told = Reports.parse(messages, kernel.receive(control, messages));
    } catch (RuntimeException e) {
      kill(e);
      abandon(e);
      throw e;
    }
    if (told.failure() == null && told.pid() != 0) {
      return told;
    }
    control.close();
    if (told.pid() != 0) {
      kernel.waitForPid(told.pid()); // setsid(2) may have taken it out of the group
    }
    kernel.reapGroup(launcher);
    throw failure(told);
  }

  private ContainerException failure(Reports.Told told) {
    Reports.Failure failure = told.failure();
    if (failure == null) {
      return new ContainerException(
          "start failed: the container's first process was killed before it became the command;"
              + " perhaps the host is short of memory (dmesg tells)");
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
}
