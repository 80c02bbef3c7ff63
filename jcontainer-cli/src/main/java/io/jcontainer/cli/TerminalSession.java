package io.jcontainer.cli;

import io.jcontainer.ContainerInput;
import io.jcontainer.ContainerProcess;
import io.jcontainer.Signal;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Carries what is typed to the terminal of a process, and back what appears there. */
final class TerminalSession implements AutoCloseable {
  private final ContainerProcess process;
  private final @Nullable Screen screen;
  private final SunSignals.Undo undo;

  /**
   * Begins.
   *
   * @param interactive whether what is typed is carried
   */
  TerminalSession(ContainerProcess process, boolean interactive) {
    this.process = process;
    screen = interactive ? Screen.raw() : null;
    undo = SunSignals.handle(Signal.WINCH, () -> process.resize(Screen.size()));
    if (interactive) {
      Thread typing = new Thread(this::carryInput, "typing");
      typing.setDaemon(true); // nothing ends a read of a terminal
      typing.start();
    }
  }

  private void carryInput() {
    byte[] buffer = new byte[4096];
    try (InputStream in = new FileInputStream(FileDescriptor.in);
        ContainerInput terminal = process.stdin()) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        terminal.write(buffer, 0, count);
      }
    } catch (IOException e) {
      process.kill(); // it can be typed to no more; after its end this does nothing
    }
  }

  /** Shows what appears, until the last process has closed the terminal. */
  void show() {
    byte[] buffer = new byte[16 << 10];
    try {
      InputStream terminal = process.stdout();
      OutputStream out = new FileOutputStream(FileDescriptor.out);
      for (int count = terminal.read(buffer); count >= 0; count = terminal.read(buffer)) {
        out.write(buffer, 0, count);
      }
    } catch (IOException e) {
      process.kill(); // nobody sees what it does
    }
  }

  @Override
  public void close() {
    undo.run();
    if (screen != null) {
      screen.close();
    }
  }
}
