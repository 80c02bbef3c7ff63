package io.jcontainer;

import java.util.Optional;

/**
 * What a runtime has made in advance, so that a start need not wait for it: {@link
 * ContainerRuntime#prepared()}. A moment's view; nobody has to look at it.
 *
 * @param networks the pool of network namespaces
 * @since 0.1.0
 */
public record Prepared(Networks networks) {

  /**
   * Network namespaces with nothing but a loopback interface, which is up. Each belongs to the
   * runtime's user namespace, and is used by one container at most. The pool is filled once the
   * first container that could use it has been started; a start that finds it empty makes its own,
   * as without a pool.
   *
   * @param size how many there are at most: {@link RuntimeOptions#preparedNetworks()}; 0 if none
   *     are prepared
   * @param ready how many there are now
   * @param used how many containers have got one so far
   * @param missed how many have found the pool empty so far, the first one among them
   * @param failure why no more are made for the time being: the call, and what the kernel said; or
   *     empty. It is tried again after 10 seconds, with the next start. No start fails for it
   */
  public record Networks(int size, int ready, long used, long missed, Optional<String> failure) {}
}
