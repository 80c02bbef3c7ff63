package io.jcontainer.linux;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.linux.run.LinuxRuntime;
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
    return new LinuxRuntime(new JnaKernel(), options);
  }
}
