package io.jcontainer.linux.run;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the runtimes that are open when the JVM ends orderly. There is one shutdown hook as long
 * as there is such a runtime, and none otherwise: the JVM would keep it, and with it this class and
 * its loader.
 */
final class AtExit {
  private static final Logger LOG = LoggerFactory.getLogger(AtExit.class);

  /** All is killed at once; what takes longer than this to end goes with the JVM. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private static final Set<LinuxRuntime> OPEN = new LinkedHashSet<>();
  private static @Nullable Thread hook;

  private AtExit() {}

  /** Closes a runtime at the end of the JVM, if nobody does so before. */
  static synchronized void add(LinuxRuntime runtime) {
    if (hook == null) {
      Thread fresh = new Thread(AtExit::closeAll, "jcontainer-exit");
      try {
        Runtime.getRuntime().addShutdownHook(fresh);
      } catch (IllegalStateException e) {
        return; // the JVM ends already: this runtime is for somebody's own hook
      }
      hook = fresh;
    }
    OPEN.add(runtime);
  }

  /** There is nothing left to close of a runtime. */
  static synchronized void remove(LinuxRuntime runtime) {
    OPEN.remove(runtime);
    if (hook != null && OPEN.isEmpty()) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        return; // the JVM ends already
      }
      hook = null;
    }
  }

  private static synchronized List<LinuxRuntime> open() {
    return List.copyOf(OPEN);
  }

  private static void closeAll() {
    long deadline = System.nanoTime() + LONGEST.toNanos();
    List<Thread> closing = new ArrayList<>();
    for (LinuxRuntime runtime : open()) {
      Thread thread = new Thread(() -> closeAtExit(runtime), "jcontainer-exit");
      thread.setDaemon(true);
      thread.start();
      closing.add(thread);
    }
    for (Thread thread : closing) {
      Uninterruptibles.joinUninterruptibly(
          thread, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
    }
  }

  private static void closeAtExit(LinuxRuntime runtime) {
    try {
      runtime.closeAtExit();
    } catch (RuntimeException e) { // the JVM ends all the same
      LOG.debug("a runtime cannot be closed at the end of the JVM", e);
    }
  }
}
