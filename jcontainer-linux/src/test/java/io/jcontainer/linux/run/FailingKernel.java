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
      Set.of("close", "kill", "signal", "reap", "reapGroup", "rmdir", "waitForPid");

  /**
   * Those of the watcher's thread, which come when they come, what never fails, and what no start
   * fails for: that it is not listed.
   */
  private static final Set<String> NOT_COUNTED =
      Set.of(
          "await",
          "clear",
          "raise",
          "effectiveUserId",
          "effectiveGroupId",
          "chmod",
          "lock",
          "writeAt");

  private final Kernel real = new JnaKernel();
  private int untilFailure = Integer.MAX_VALUE;
  private Errno errno = Errno.EMFILE;
  private @Nullable String failsAfterwards;
  private @Nullable String launcher;
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

  /** Lets each call of this name be made, and fail nevertheless; null for none. */
  synchronized void failAfterwards(@Nullable String call) {
    failsAfterwards = call;
  }

  /** Lets another program be started in place of the launcher; null for the launcher. */
  synchronized void replaceLauncher(@Nullable String path) {
    launcher = path;
  }

  /** The call that has failed, or null if none has since {@link #failAfter}. */
  synchronized @Nullable String failed() {
    return failed;
  }

  private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
    String name = method.getName();
    boolean counts =
        !CLEAN_UP.contains(name) && !NOT_COUNTED.contains(name) && !isListing(name, arguments);
    if (counts && isTime(name)) {
      throw new SyscallException(name + "(made to fail)", errno);
    }
    Object result;
    try {
      result = method.invoke(real, replaced(name, arguments));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (isToFailAfterwards(name)) {
      throw new SyscallException(name + "(made to fail afterwards)", Errno.ECHILD);
    }
    return result;
  }

  /** The runtime's file of records: without it, its containers are not listed. */
  private static boolean isListing(String name, Object @Nullable [] arguments) {
    return name.equals("open")
        && arguments != null
        && String.valueOf(arguments[0]).contains("/containers-");
  }

  private synchronized Object @Nullable [] replaced(String name, Object @Nullable [] arguments) {
    if (launcher == null || arguments == null || !name.equals("spawn")) {
      return arguments;
    }
    Object[] others = arguments.clone();
    others[0] = launcher;
    return others;
  }

  private synchronized boolean isTime(String name) {
    if (untilFailure-- != 0) {
      return false;
    }
    failed = name;
    return true;
  }

  private synchronized boolean isToFailAfterwards(String name) {
    return name.equals(failsAfterwards);
  }
}
