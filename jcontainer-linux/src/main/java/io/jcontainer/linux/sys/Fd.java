package io.jcontainer.linux.sys;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file descriptor that is closed once. Whoever closes it makes sure that no other thread is still
 * using it, since the number may then stand for something else.
 */
public final class Fd implements AutoCloseable {
  private final Kernel kernel;
  private final int number;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Takes over an open descriptor. */
  public Fd(Kernel kernel, int number) {
    this.kernel = kernel;
    this.number = number;
  }

  /**
   * Its number.
   *
   * @throws IllegalStateException if it is closed
   */
  public int number() {
    if (closed.get()) {
      throw new IllegalStateException("descriptor " + number + " is closed");
    }
    return number;
  }

  /** The path by which this process can open the same thing again: proc_pid_fd(5). */
  public String path() {
    return "/proc/self/fd/" + number();
  }

  /** Another descriptor for the same, with at least this number. */
  public Fd duplicate(int atLeast) {
    return kernel.duplicate(this, atLeast);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      kernel.close(number);
    }
  }

  @Override
  public String toString() {
    return Integer.toString(number);
  }
}
