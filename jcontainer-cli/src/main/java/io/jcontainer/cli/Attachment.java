package io.jcontainer.cli;

import io.jcontainer.ContainerProcess;
import io.jcontainer.ExitStatus;
import io.jcontainer.ProcessSpec;
import java.util.function.Supplier;

/** A process in a container that the caller waits for, as if it were the command itself. */
final class Attachment {
  private final Complaints complaints;

  Attachment(Complaints complaints) {
    this.complaints = complaints;
  }

  /**
   * Starts a process and waits for its end.
   *
   * @param interactive whether what the caller types is the process's
   * @param bare whether the process is process 1 without an init, see {@link Signals#handOnTo}
   * @return the exit code, see {@link ExitCode}
   */
  int run(
      ProcessSpec spec,
      boolean interactive,
      boolean bare,
      Supplier<? extends ContainerProcess> start) {
    try (Signals signals = Signals.take();
        ContainerProcess process = start.get()) {
      signals.handOnTo(process, bare);
      if (spec.terminal().isPresent()) {
        try (TerminalSession session = new TerminalSession(process, interactive)) {
          session.show();
        }
      }
      ExitStatus exit = process.waitFor();
      if (exit.timedOut()) {
        complaints.say(
            "killed because its time was over"
                + spec.timeout().map(limit -> ": " + DurationText.of(limit)).orElse(""));
      }
      if (exit.oomKilled()) {
        complaints.say("killed by the kernel, as it could get no more memory");
      }
      return signals.killedFor().map(ExitCode::of).orElseGet(() -> ExitCode.of(exit));
    }
  }
}
