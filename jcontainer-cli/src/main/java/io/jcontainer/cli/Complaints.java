package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import java.io.PrintStream;

/** How failures are told: one message on standard error, and a stack trace for who asks for it. */
final class Complaints {
  private final PrintStream err;
  private boolean traced;

  Complaints(PrintStream err, boolean traced) {
    this.err = err;
    this.traced = traced;
  }

  /** Adds the stack trace to every complaint from now on. */
  void trace() {
    traced = true;
  }

  void say(String message) {
    err.println("jcontainer: " + message);
  }

  /** A wrong call: the message is enough, the stack trace would be that of the option parser. */
  void misuse(String message, String command) {
    say(message);
    err.println("See '" + command + " --help'.");
  }

  void failure(ContainerException failure) {
    say(String.valueOf(failure.getMessage()));
    if (traced) {
      failure.printStackTrace(err);
    }
  }

  /** What nobody foresaw. */
  void defect(Throwable defect) {
    say("internal error: " + defect);
    if (traced) {
      defect.printStackTrace(err);
    } else {
      err.println("With JCONTAINER_DEBUG=1 in the environment it says more.");
    }
  }
}
