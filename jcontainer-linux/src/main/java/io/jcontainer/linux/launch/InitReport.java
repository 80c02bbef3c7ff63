package io.jcontainer.linux.launch;

import io.jcontainer.linux.process.ExitReport;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.Kernel.ChildEnd;
import io.jcontainer.linux.sys.SyscallException;
import java.util.Optional;

/** The socket on which an init tells how its command has ended, as the last thing it does. */
final class InitReport implements ExitReport {
  private final Kernel kernel;
  private final Fd control;

  InitReport(Kernel kernel, Fd control) {
    this.kernel = kernel;
    this.control = control;
  }

  @Override
  public Optional<ChildEnd> read() {
    byte[] message = new byte[Reports.SIZE];
    try {
      return Optional.ofNullable(Reports.parse(message, kernel.receive(control, message)).status())
          .map(InitReport::end);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ECONNRESET) { // it was killed before it had read all that we sent
        return Optional.empty();
      }
      throw e;
    }
  }

  /** A status as wait(2) has it. */
  private static ChildEnd end(int status) {
    int signal = status & 0x7F;
    return signal == 0 ? new ChildEnd(0, status >> 8 & 0xFF, 0) : new ChildEnd(0, 0, signal);
  }

  @Override
  public void close() {
    control.close();
  }
}
