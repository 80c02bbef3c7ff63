package io.jcontainer.linux.process;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_NOCTTY;
import static io.jcontainer.linux.plan.Flag.Open.O_NONBLOCK;
import static io.jcontainer.linux.plan.Flag.Open.O_RDWR;
import static io.jcontainer.linux.plan.Flag.Resolve.RESOLVE_NO_MAGICLINKS;

import io.jcontainer.Terminal;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.plan.TerminalCalls;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.sys.Errno;
import java.util.List;

/**
 * The steps that open a pseudo-terminal, pty(7), and make it the command's. What was opened is
 * looked at before it is used, since a container may have put anything in its place.
 */
public final class PseudoTerminal {
  /** The side that the JVM gets. */
  public static final Slot MASTER = new Slot("master");

  /** The side that the command gets. */
  public static final Slot TERMINAL = new Slot("terminal");

  private static final int STATFS = 120;
  private static final int STATX = 256;
  private static final int STX_MODE = 28;
  private static final int STX_INO = 32;
  private static final int STX_RDEV = 128;

  private static final long S_IFMT = 0xF000;
  private static final long S_IFCHR = 0x2000;
  private static final long DEVPTS_SUPER_MAGIC = 0x1cd1;
  private static final String NOT_EXCHANGED = "nobody has put something else there";

  private PseudoTerminal() {}

  /**
   * Opens the first one of a new devpts that is attached nowhere yet: no path is walked that
   * anybody could have a hand in.
   */
  public static void openIn(Slot devpts, Terminal size, Steps steps) {
    steps.add(
        Calls.openIn(devpts, "ptmx", O_RDWR, O_NOCTTY, O_CLOEXEC).into(MASTER),
        "a terminal, the first one of this file system");
    Memory stat = ptmx(steps);
    steps.add(
        check("statx(<master>).stx_ino == 2", stat, STX_INO, 8, -1, 2, "the ptmx of a devpts"));
    devpts(MASTER, steps);
    openPeer(size, steps);
  }

  /** Opens one of the devpts that is in the root, with the rights and the ids of the process. */
  public static void openInRoot(ProcessRequest request, Steps steps) {
    steps.add(
        Calls.openat2(
                "/dev/ptmx",
                List.of(O_RDWR, O_NOCTTY, O_NONBLOCK, O_CLOEXEC),
                List.of(RESOLVE_NO_MAGICLINKS))
            .into(MASTER),
        "a terminal of the container's own, or what it has put there");
    ptmx(steps);
    openPeer(request.spec().terminal().orElseThrow(), steps);
  }

  private static Memory ptmx(Steps steps) {
    Memory stat = Memory.zeros("stat", STATX);
    steps.add(Calls.statxAll(MASTER, stat), "is it what it is called?");
    steps.add(isDevice(MASTER, stat));
    steps.add(
        check("statx(<master>).stx_rdev == 5:2", stat, STX_RDEV, 8, -1, 5 | 2L << 32, "/dev/ptmx"));
    return stat;
  }

  private static void openPeer(Terminal size, Steps steps) {
    steps.add(TerminalCalls.unlock(MASTER), "a new one is locked");
    steps.add(
        TerminalCalls.openPeer(MASTER).into(TERMINAL),
        "its other side, by the master: a path could lead elsewhere");
    Memory stat = Memory.zeros("stat", STATX);
    steps.add(Calls.statxAll(TERMINAL, stat), "is it what it should be?");
    steps.add(isDevice(TERMINAL, stat));
    steps.add(
        check("statx(<terminal>).stx_rdev_major == 136", stat, STX_RDEV, 4, -1, 136, "/dev/pts/*"));
    devpts(TERMINAL, steps);
    steps.add(TerminalCalls.resize(MASTER, size), "before anybody asks for it");
  }

  private static Step isDevice(Slot fd, Memory stat) {
    String what = "statx(<%s>).stx_mode & S_IFMT == S_IFCHR".formatted(fd.name());
    return check(what, stat, STX_MODE, 4, S_IFMT, S_IFCHR, NOT_EXCHANGED);
  }

  private static void devpts(Slot fd, Steps steps) {
    Memory statfs = Memory.zeros("statfs", STATFS);
    steps.add(Calls.fstatfs(fd, statfs), "where does it lie?");
    String what = "fstatfs(<%s>).f_type == DEVPTS_SUPER_MAGIC".formatted(fd.name());
    steps.add(check(what, statfs, 0, 8, -1, DEVPTS_SUPER_MAGIC, NOT_EXCHANGED));
  }

  private static Step check(
      String what, Memory memory, int at, int bytes, long mask, long expected, String why) {
    return new Step.Check(
        what, new Arg.Address(memory, at), bytes, mask, expected, false, Errno.ENOTTY, why);
  }

  /** Gives it to whom the process is to become, while there are still rights to do so. */
  public static void own(Arg uid, Steps steps) {
    steps.add(Calls.fchown(TERMINAL, uid), "so that its user can open it again");
  }

  /** Makes it all standard streams. */
  public static void toStreams(Steps steps) {
    for (int fd = 0; fd <= 2; fd++) {
      steps.add(Calls.dup3(TERMINAL, fd), "standard streams");
    }
  }

  /** Makes it the terminal of the caller's session; by then it is the standard streams. */
  public static void take(Steps steps) {
    steps.add(TerminalCalls.control(0), "of this session: keys become signals, /dev/tty");
  }
}
