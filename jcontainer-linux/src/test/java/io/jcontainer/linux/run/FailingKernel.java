package io.jcontainer.linux.run;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A real kernel whose n-th call from now on fails without being made. What takes something back is
 * neither counted nor failed, unless it is asked for.
 */
final class FailingKernel {
  private static final Set<String> CLEAN_UP =
      Set.of("close", "kill", "signal", "reap", "reapGroup", "waitForPid", "unwatch");

  /** Those of the watcher's thread, which come when they come. */
  private static final Set<String> WAITING = Set.of("await", "clear", "raise");

  private final Kernel real = new JnaKernel();
  private int untilFailure = Integer.MAX_VALUE;
  private Errno errno = Errno.EMFILE;
  private boolean cleanUpFails;
  private @Nullable String failed;

  /** The kernel that fails. */
  Kernel kernel() {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) -> call(method, arguments));
  }

  /** Lets the call after this many succeeded ones fail. */
  synchronized void failAfter(int calls, Errno with) {
    untilFailure = calls;
    errno = with;
    failed = null;
  }

  /** Lets what takes something back do so, and fail nevertheless. */
  synchronized void failCleanUp(boolean yes) {
    cleanUpFails = yes;
  }

  /** The call that has failed, or null if none has since {@link #failAfter}. */
  synchronized @Nullable String failed() {
    return failed;
  }

  private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
    String name = method.getName();
    boolean counts = !CLEAN_UP.contains(name) && !WAITING.contains(name);
    if (counts && isTime(name)) {
      throw new SyscallException(name + "(made to fail)", errno);
    }
    Object result;
    try {
      result = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (failsAfterwards(name)) {
      throw new SyscallException(name + "(clean-up made to fail)", Errno.EIO);
    }
    return result;
  }

  private synchronized boolean isTime(String name) {
    if (untilFailure-- != 0) {
      return false;
    }
    failed = name;
    return true;
  }

  private synchronized boolean failsAfterwards(String name) {
    return cleanUpFails && failed != null && CLEAN_UP.contains(name) && !name.equals("close");
  }
}
