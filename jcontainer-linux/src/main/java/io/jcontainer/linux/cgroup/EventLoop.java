package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.sys.Fd;
import java.time.Duration;

/** The one thread that waits for whatever the kernel tells, and for time to pass. */
public interface EventLoop {

  /** Something that is waited for. */
  interface Watch {
    /** Ends it. The action may be under way still, in the loop's thread, but does not begin. */
    void end();
  }

  /**
   * Does something in the loop's thread as long as a descriptor can be read, or as long as there is
   * something exceptional about it. It must not block, and must end the watch before the descriptor
   * is closed.
   *
   * @param exception whether EPOLLPRI is waited for, and not EPOLLIN
   */
  Watch watch(Fd fd, boolean exception, Runnable action);

  /**
   * Does something in the loop's thread when this time is over, unless it is forgotten. It must not
   * block.
   *
   * @param of by what it can be forgotten
   */
  void after(Duration time, Object of, Runnable action);

  /** Takes back what was to be done on behalf of this. */
  void forget(Object of);
}
