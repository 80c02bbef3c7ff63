package io.jcontainer.linux.launch;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;

/**
 * The launcher's program, ready to be executed: a sealed memfd, which nobody can change, not even a
 * container that gets at it through /proc/PID/exe. Where memfds may not be executed (sysctl
 * vm.memfd_noexec), a file in the state directory.
 */
public final class LauncherBinary implements AutoCloseable {
  private static final int O_PATH = 0x200000;

  /** More than the streams, the socket, namespaces, and what a spec can pass. */
  private static final int ABOVE_ALL_PASSED = 128;

  private final Fd program;

  private LauncherBinary(Fd program) {
    this.program = program;
  }

  /** Makes it. */
  public static LauncherBinary install(Kernel kernel, Arch arch, StateDirectory state) {
    byte[] content = content(arch);
    try {
      return new LauncherBinary(raised(kernel.sealedMemfd("jcontainer-launcher", content, true)));
    } catch (SyscallException e) {
      if (e.errno() != Errno.EACCES) {
        throw e;
      }
      return new LauncherBinary(
          raised(kernel.open(state.executable(kernel, "launcher", content), O_PATH)));
    }
  }

  /**
   * Where it is not in the way of what the launcher gets, which is placed before it is executed.
   */
  private static Fd raised(Fd low) {
    try (low) {
      return low.duplicate(ABOVE_ALL_PASSED);
    }
  }

  private static byte[] content(Arch arch) {
    String name = "launcher-" + arch.name().toLowerCase(Locale.ROOT);
    try (InputStream resource = LauncherBinary.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new IllegalStateException("the jar has no " + name);
      }
      return resource.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** By which path this process executes it. */
  String path() {
    return program.path();
  }

  @Override
  public void close() {
    program.close();
  }
}
