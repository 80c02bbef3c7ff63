package io.jcontainer.cli;

import io.jcontainer.ContainerProcess;
import io.jcontainer.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Takes the signals that the caller sends, as long as it is open, and hands them on to a process in
 * a container; those that come before it has started wait for it. SIGQUIT, SIGUSR1 and SIGUSR2 are
 * the JVM's own.
 */
final class Signals implements AutoCloseable {
  private static final List<Signal> HANDED_ON = List.of(Signal.HUP, Signal.INT, Signal.TERM);

  /** Where they go, once that is known. */
  private record Target(ContainerProcess process, boolean bare) {}

  private final CompletableFuture<Target> target = new CompletableFuture<>();
  private final List<SunSignals.Undo> undo = new ArrayList<>();
  private volatile Optional<Signal> killedFor = Optional.empty();

  private Signals() {}

  /** Begins. */
  static Signals take() {
    Signals signals = new Signals();
    for (Signal signal : HANDED_ON) {
      signals.undo.add(SunSignals.handle(signal, () -> signals.received(signal)));
    }
    return signals;
  }

  /**
   * Says where they go.
   *
   * @param bare whether the process is one without an init: the kernel takes from it what it has no
   *     handler for, so it is killed instead
   */
  void handOnTo(ContainerProcess process, boolean bare) {
    target.complete(new Target(process, bare));
  }

  private void received(Signal signal) {
    var unused = target.thenAccept(to -> handOn(signal, to));
  }

  private void handOn(Signal signal, Target to) {
    if (to.bare() && !handled(signal, to.process().pid())) {
      killedFor = Optional.of(signal);
      to.process().kill();
    } else {
      to.process().signal(signal);
    }
  }

  /** Whether a process has a handler: proc_pid_status(5). */
  private static boolean handled(Signal signal, long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("SigCgt:")) {
          long caught = Long.parseUnsignedLong(line.substring("SigCgt:".length()).strip(), 16);
          return ((caught >>> (signal.number() - 1)) & 1) != 0;
        }
      }
      return true;
    } catch (IOException e) {
      return true; // it has ended: nothing is to be killed
    }
  }

  /** The signal because of which the process was killed, if it was. */
  Optional<Signal> killedFor() {
    return killedFor;
  }

  /** Ends it: the signals do again what they did before. */
  @Override
  public void close() {
    undo.forEach(SunSignals.Undo::run);
  }
}
