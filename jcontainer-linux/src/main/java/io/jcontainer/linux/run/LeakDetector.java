package io.jcontainer.linux.run;

import java.lang.ref.Cleaner;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of what was garbage before it was closed, once each, with where it was started, and closes
 * it. There is one thread for all runtimes: the JDK's Cleaner, whose thread keeps no class loader.
 */
final class LeakDetector {
  private static final Logger LOG = LoggerFactory.getLogger(LeakDetector.class);

  private final boolean on;

  LeakDetector(boolean on) {
    this.on = on;
  }

  /** Made with the first thing that is watched. */
  private static final class Cleaning {
    private static final Cleaner CLEANER = Cleaner.create();

    private Cleaning() {}
  }

  /** Where something was started: a stack trace, which is made text only if it is told. */
  static final class Origin extends Throwable {
    private static final long serialVersionUID = 1;

    Origin() {
      super("started here");
    }
  }

  /** Something that is watched; it is forgotten when it is closed. */
  interface Watched {
    void forget();
  }

  /** Where the caller is; null if nothing is watched. */
  @Nullable Origin here() {
    return on ? new Origin() : null;
  }

  /**
   * Watches what users have.
   *
   * @param handle what they have; nothing else here may know it
   * @param what it is called in the message
   * @param origin null if it is not to be watched
   * @param closed whether it has been closed
   * @param close closes what the handle stood for
   */
  static Watched watch(
      Object handle, String what, @Nullable Origin origin, BooleanSupplier closed, Runnable close) {
    if (origin == null) {
      return () -> {};
    }
    return Cleaning.CLEANER.register(handle, () -> collected(what, origin, closed, close))::clean;
  }

  private static void collected(
      String what, Origin origin, BooleanSupplier closed, Runnable close) {
    if (closed.getAsBoolean()) {
      return;
    }
    LOG.warn("{} was not closed, and nobody can do so any more; it is closed now", what, origin);
    try {
      close.run();
    } catch (RuntimeException e) { // nobody else is there to be told
      LOG.warn("{} cannot be closed", what, e);
    }
  }
}
