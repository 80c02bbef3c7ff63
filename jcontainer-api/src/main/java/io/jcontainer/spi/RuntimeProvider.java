package io.jcontainer.spi;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.HostReport;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.RuntimeOptions;
import java.util.ServiceLoader;

/**
 * A backend, found by {@link java.util.ServiceLoader}. Implementations are stateless and may be
 * called from any thread.
 *
 * @since 0.1.0
 */
public interface RuntimeProvider {

  /**
   * The first backend on the class path or module path.
   *
   * @return the backend
   * @throws HostUnsupportedException if there is none
   */
  static RuntimeProvider find() {
    return ServiceLoader.load(RuntimeProvider.class)
        .findFirst()
        .orElseThrow(
            () ->
                new HostUnsupportedException(
                    "a container runtime",
                    "no backend was found; add io.jcontainer:jcontainer-linux to the class path",
                    null));
  }

  /**
   * Makes a runtime.
   *
   * @param options how; never null
   * @return a runtime that the caller closes
   * @throws HostUnsupportedException if this host cannot run containers at all
   */
  ContainerRuntime create(RuntimeOptions options);

  /**
   * Tries what this host can do, also where {@link #create} fails.
   *
   * @return the report
   */
  HostReport probe();
}
