package io.jcontainer.spi;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.HostUnsupportedException;

/**
 * A runtime that has more to give than this module knows: to another module, whose users know the
 * type.
 *
 * @since 0.1.0
 */
public interface ExtendedRuntime extends ContainerRuntime {

  /**
   * What it has of a type. It uses this runtime, and is of no use when that is closed.
   *
   * @param <T> the type
   * @param type the type
   * @return it
   * @throws HostUnsupportedException if the backend has nothing of this type
   * @throws ContainerGoneException if this runtime is closed
   */
  <T> T extension(Class<T> type);
}
