package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.linux.sys.Kernel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The freezer controller of v1: freezer-subsystem.rst of the kernel. Nothing tells when all is
 * frozen, so it is asked for again and again.
 */
final class FreezerV1 extends Freezer {
  private static final String STATE = "freezer.state";
  private static final String FROZEN = "FROZEN";
  private static final String THAWED = "THAWED";
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** After so many of the longest pauses it cannot be a matter of time any more. */
  private static final int ROUNDS_TO_STUCK = 50;

  FreezerV1(Kernel kernel, Path directory) {
    super(kernel, directory);
  }

  @Override
  public boolean isFrozen() {
    // Not freezer.state, which is also FROZEN if a cgroup above is.
    return KernelFile.read(directory.resolve("freezer.self_freezing")).equals(Optional.of("1"));
  }

  @Override
  void ask(boolean frozen) {
    kernel.writeFile(directory.resolve(STATE), frozen ? FROZEN : THAWED);
  }

  /** Asking again freezes also what was forked meanwhile, and reading is what counts them. */
  @Override
  boolean awaitFrozen(long deadline) {
    long pause = FIRST_PAUSE_NANOS;
    for (int round = 1; !state().equals(FROZEN); round++) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      if (round % ROUNDS_TO_STUCK == 0) {
        ask(false); // one that cannot be frozen may wait for one that is
      }
      pause(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
      ask(true);
    }
    return true;
  }

  private void pause(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ask(false);
      throw new ContainerInterruptedException("interrupted while " + directory + " was frozen", e);
    }
  }

  @Override
  String state() {
    return KernelFile.read(directory.resolve(STATE)).orElse("gone");
  }
}
