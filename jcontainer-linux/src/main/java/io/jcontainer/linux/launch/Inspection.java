package io.jcontainer.linux.launch;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_NOCTTY;
import static io.jcontainer.linux.plan.Flag.Open.O_NONBLOCK;
import static io.jcontainer.linux.plan.Flag.Open.O_RDONLY;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Looks at files through a child that could not become its command: in its root and with its
 * rights. The child waits for more steps; here are those that it gets.
 */
final class Inspection {
  private static final int INSPECTED = 7;

  private final Kernel kernel;
  private final Fd control;
  private final Arch arch;
  private boolean over;

  Inspection(Kernel kernel, Fd control, Arch arch) {
    this.kernel = kernel;
    this.control = control;
    this.arch = arch;
  }

  /**
   * What a file is.
   *
   * @param error why it could not be opened or read, or null
   * @param head what its first bytes tell, or null if there was an error
   */
  record Seen(@Nullable Errno error, @Nullable FileHead head) {}

  /** Looks at a file; null if the child cannot tell any more. */
  @Nullable Seen look(String path) {
    if (over) {
      return null;
    }
    try {
      kernel.send(control, ImageWriter.write(plan(path), arch));
      Seen seen = hear();
      over = seen == null;
      return seen;
    } catch (SyscallException e) {
      if (e.errno() != Errno.EPIPE && e.errno() != Errno.ECONNRESET) {
        throw e;
      }
      over = true; // it was killed
      return null;
    }
  }

  private @Nullable Seen hear() {
    byte[] header = new byte[Reports.SIZE];
    if (kernel.receive(control, header) < header.length) {
      return null;
    }
    ByteBuffer words = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    if (words.getInt(0) != INSPECTED) {
      return null; // a failure that is not tolerated, after which the child has ended
    }
    byte[] head = new byte[FileHead.SIZE];
    if (kernel.receive(control, head) < head.length) {
      return null;
    }
    int opened = words.getInt(4);
    int read = words.getInt(8);
    if (opened < 0 || read < 0) {
      return new Seen(Errno.find(-(opened < 0 ? opened : read)).orElse(Errno.EIO), null);
    }
    return new Seen(null, FileHead.of(Arrays.copyOf(head, Math.min(read, head.length))));
  }

  /** Opens it as nobody can make us wait: a FIFO, a terminal. */
  static Plan plan(String path) {
    Memory answer = Memory.zeros("answer", Reports.SIZE + FileHead.SIZE);
    Slot file = new Slot("file");
    Slot read = new Slot("read");
    return new Steps()
        .add(new Step.Store(Arg.of(INSPECTED), new Arg.Address(answer, 0), 4, "an answer"))
        .add(
            Calls.open(path, O_RDONLY, O_NONBLOCK, O_NOCTTY, O_CLOEXEC)
                .tolerate(Errno.ENOENT, Errno.EACCES, Errno.ENOTDIR, Errno.ELOOP)
                .into(file),
            "the file that was not executed")
        .add(new Step.Store(Arg.of(file), new Arg.Address(answer, 4), 4, "whether it opens"))
        .add(
            Step.Call.of(
                    Sys.READ,
                    Arg.of(file),
                    new Arg.Address(answer, Reports.SIZE),
                    Arg.of(FileHead.SIZE))
                .tolerate(Errno.EBADF, Errno.EISDIR, Errno.EAGAIN, Errno.EINVAL)
                .into(read),
            "what is in it")
        .add(new Step.Store(Arg.of(read), new Arg.Address(answer, 8), 4, "and how much"))
        .add(Calls.send(Reports.CONTROL, answer), "tells the JVM")
        .add(Calls.close(file).tolerate(Errno.EBADF), "its number is free for the next")
        .add(new Step.More("another file, or the end"))
        .toPlan();
  }
}
