package io.jcontainer.linux;

import io.jcontainer.ContainerException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.HostReport;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.linux.run.GuardedRuntime;
import io.jcontainer.linux.run.HostReporter;
import io.jcontainer.linux.sys.jna.JnaKernel;
import io.jcontainer.spi.RuntimeProvider;

/**
 * Offers containers on Linux to {@link ContainerRuntime#create()}.
 *
 * @since 0.1.0
 */
public final class LinuxRuntimeProvider implements RuntimeProvider {

  /** For {@link java.util.ServiceLoader}. */
  public LinuxRuntimeProvider() {}

  @Override
  public ContainerRuntime create(RuntimeOptions options) {
    JnaKernel kernel;
    try {
      kernel = new JnaKernel();
    } catch (LinkageError e) {
      throw new HostUnsupportedException(
          "the C library",
          "JNA cannot load its part: "
              + e.getMessage()
              + (String.valueOf(e.getMessage()).contains("Too many open files")
                  ? "; see ulimit -n"
                  : "; if java.io.tmpdir is mounted noexec, name another directory by"
                      + " -Djna.tmpdir"),
          e);
    }
    return new GuardedRuntime(kernel, options);
  }

  @Override
  public HostReport probe() {
    try (ContainerRuntime runtime = create(RuntimeOptions.defaults().withoutPreparation())) {
      return runtime.host();
    } catch (ContainerException e) {
      return HostReporter.unfit(e);
    }
  }
}
