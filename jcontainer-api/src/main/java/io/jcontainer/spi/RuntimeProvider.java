package io.jcontainer.spi;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.RuntimeOptions;

/**
 * A backend, found by {@link java.util.ServiceLoader}. Implementations are stateless and may be
 * called from any thread.
 *
 * @since 0.1.0
 */
public interface RuntimeProvider {

  /**
   * Makes a runtime.
   *
   * @param options how; never null
   * @return a runtime that the caller closes
   * @throws io.jcontainer.HostUnsupportedException if this host cannot run containers at all
   */
  ContainerRuntime create(RuntimeOptions options);
}
