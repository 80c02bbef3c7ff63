package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import io.jcontainer.Terminal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The caller's own terminal, behind standard input, in raw mode as long as this is open: what is
 * typed goes to the container as it is. By stty(1), as the JDK has no way to it.
 */
final class Screen implements AutoCloseable {
  private static final String CONSOLE = "/dev/console";

  private final String settings;

  private Screen(String settings) {
    this.settings = settings;
  }

  /**
   * Takes it over.
   *
   * @throws ContainerException if standard input is no terminal
   */
  static Screen raw() {
    String settings =
        stty("-g")
            .orElseThrow(
                () -> new ContainerException("-i with -t needs a terminal as standard input"));
    stty("raw", "-echo");
    return new Screen(settings);
  }

  /** Whether one of the standard streams, 0, 1 or 2, is a terminal. */
  static boolean isTerminal(int descriptor) {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty") || file.equals(CONSOLE);
    } catch (IOException e) {
      return false; // it is closed
    }
  }

  /** Its size; the usual one if standard input is no terminal, or has none. */
  static Terminal size() {
    List<String> words = List.of(stty("size").orElse("").split(" ", -1));
    boolean known = words.size() == 2 && words.stream().allMatch(w -> w.matches("[1-9][0-9]{0,3}"));
    return known
        ? new Terminal(Integer.parseInt(words.get(0)), Integer.parseInt(words.get(1)))
        : Terminal.DEFAULT;
  }

  /** What it prints, if it succeeds. */
  private static Optional<String> stty(String... arguments) {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    try {
      Process stty =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String out = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return stty.waitFor() == 0 ? Optional.of(out) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("stty(1), which -t needs, cannot be started", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Gives it back as it was. */
  @Override
  public void close() {
    stty(settings);
  }
}
