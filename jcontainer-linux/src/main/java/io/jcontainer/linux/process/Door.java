package io.jcontainer.linux.process;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.linux.state.RunningProcess;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.List;

/**
 * The process by whose namespaces a container is joined: its first one, or the command if that is
 * an init. For an init is not dumpable, and its memory belongs to the JVM's user namespace, in
 * which an ordinary user has no right to look at such a process: ptrace(2), "access mode checking".
 *
 * @param pidfd of the caller's own
 */
record Door(int pid, Fd pidfd) {

  /**
   * Finds and opens it.
   *
   * @param first a pidfd of the first process
   * @param container for messages
   */
  static Door open(Kernel kernel, int pid, Fd first, boolean init, Object container) {
    if (!init) {
      return new Door(pid, first.duplicate(0));
    }
    int command = pid(pid, true, container);
    Fd pidfd;
    try {
      pidfd = kernel.pidfd(command);
    } catch (SyscallException e) {
      throw e.errno() == Errno.ESRCH ? gone(container) : e;
    }
    // Open by now: if the number means a child of the init, the pidfd does; and the init's own
    // number has meant the init if that has not ended.
    if (ProcessTree.children(pid).contains(command) && !RunningProcess.hasEnded(kernel, first, 0)) {
      return new Door(command, pidfd);
    }
    pidfd.close();
    throw gone(container);
  }

  /** Its number alone. */
  static int pid(int pid, boolean init, Object container) {
    if (!init) {
      return pid;
    }
    List<Integer> children = ProcessTree.children(pid); // the oldest first: that is the command
    if (children.isEmpty()) {
      throw gone(container);
    }
    return children.get(0);
  }

  static ContainerGoneException gone(Object container) {
    return new ContainerGoneException(container + " has ended");
  }
}
