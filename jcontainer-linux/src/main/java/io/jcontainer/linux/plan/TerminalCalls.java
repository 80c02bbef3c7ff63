package io.jcontainer.linux.plan;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_NOCTTY;
import static io.jcontainer.linux.plan.Flag.Open.O_RDWR;

import io.jcontainer.Terminal;
import io.jcontainer.linux.plan.Step.Call;

/** What terminals are asked by ioctl(2): ioctl_tty(2). */
public final class TerminalCalls {
  private TerminalCalls() {}

  private static Call ioctl(Slot fd, String name, long request, Arg argument) {
    return ioctl(Arg.of(fd), name, request, argument);
  }

  private static Call ioctl(Arg fd, String name, long request, Arg argument) {
    return Call.of(Sys.IOCTL, fd, Arg.named(name, request), argument);
  }

  /** Lets the other side of a master be opened. */
  public static Call unlock(Slot master) {
    return ioctl(master, "TIOCSPTLCK", 0x4004_5431, Arg.struct32(Arg.of(0)));
  }

  /** Opens the other side of a master, wherever its path would lead. */
  public static Call openPeer(Slot master) {
    return ioctl(master, "TIOCGPTPEER", 0x5441, Arg.flags(O_RDWR, O_NOCTTY, O_CLOEXEC));
  }

  /** Sets the size of the window: struct winsize, four 16-bit fields. */
  public static Call resize(Slot terminal, Terminal size) {
    Arg rowsAndColumns =
        Arg.named(
            "ws_row=%d, ws_col=%d".formatted(size.rows(), size.columns()),
            size.rows() | (long) size.columns() << 16);
    return ioctl(terminal, "TIOCSWINSZ", 0x5414, Arg.struct32(rowsAndColumns, Arg.of(0)));
  }

  /** Makes it the controlling terminal of the caller's session, which has none. */
  public static Call control(int terminal) {
    return ioctl(Arg.of(terminal), "TIOCSCTTY", 0x540E, Arg.of(0));
  }
}
