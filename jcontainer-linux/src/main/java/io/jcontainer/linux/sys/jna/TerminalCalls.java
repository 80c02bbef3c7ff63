package io.jcontainer.linux.sys.jna;

import static io.jcontainer.linux.sys.jna.JnaKernel.checked;

import com.sun.jna.Memory;
import io.jcontainer.linux.sys.Fd;
import java.util.OptionalInt;

/** The calls of terminals: ioctl_tty(2). */
final class TerminalCalls {
  private static final long TCGETS = 0x5401;
  private static final long TIOCSWINSZ = 0x5414;

  /** Of the kernel's struct termios: c_lflag, and c_cc[VEOF]. */
  private static final int TERMIOS = 36;

  private static final int LFLAG = 12;
  private static final int VEOF = 17 + 4;
  private static final int ICANON = 2;

  private TerminalCalls() {}

  static void resize(Fd terminal, int rows, int columns) {
    try (Memory winsize = new Memory(8)) {
      winsize.clear();
      winsize.setShort(0, (short) rows);
      winsize.setShort(2, (short) columns);
      checked(
          LibC.ioctl(terminal.number(), TIOCSWINSZ, winsize),
          () -> "ioctl(%s, TIOCSWINSZ, {%d, %d})".formatted(terminal, rows, columns));
    }
  }

  static OptionalInt endOfFileKey(Fd terminal) {
    try (Memory termios = new Memory(TERMIOS)) {
      checked(
          LibC.ioctl(terminal.number(), TCGETS, termios), () -> "ioctl(" + terminal + ", TCGETS)");
      boolean lines = (termios.getInt(LFLAG) & ICANON) != 0;
      return lines ? OptionalInt.of(termios.getByte(VEOF) & 0xFF) : OptionalInt.empty();
    }
  }
}
