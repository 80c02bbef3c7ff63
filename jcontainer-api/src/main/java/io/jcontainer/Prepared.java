package io.jcontainer;

import java.util.Optional;

/**
 * What a runtime has made in advance, so that a start need not wait for it: {@link
 * ContainerRuntime#prepared()}. A moment's view; nobody has to look at it.
 *
 * @param networks the pool of network namespaces
 * @param roots the pool of root file systems
 * @param cgroups the pool of cgroups
 * @since 0.1.0
 */
public record Prepared(Networks networks, Roots roots, Cgroups cgroups) {

  /**
   * Network namespaces with nothing but a loopback interface, which is up. Each belongs to the
   * runtime's user namespace, and is used by one container at most. The pool is filled once the
   * first container that could use it has been started, and again when half are used; a start that
   * finds it empty makes its own, as without a pool.
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

  /**
   * Root file systems in mount namespaces of their own, each for one container. From the second
   * container on that begins with the same layers, mounts and ids, the runtime has a template for
   * it, at most four at once, and some root file systems of each; a start that finds none makes its
   * own. They are thrown away when a layer or the source of a mount is another directory or file
   * than before, or when anything is mounted or unmounted on the host.
   *
   * @param size how many there are at most of each template: {@link
   *     RuntimeOptions#preparedRoots()}; 0 if none are prepared
   * @param templates how many templates there are now
   * @param ready how many root file systems there are now, of all templates
   * @param used how many containers have got one so far
   * @param missed how many could have used one and found none so far
   * @param failure why no more are made of some template for the time being: the call, and what the
   *     kernel said; or empty. It is tried again after 10 seconds. No start fails for it
   */
  public record Roots(
      int size, int templates, int ready, long used, long missed, Optional<String> failure) {}

  /**
   * Cgroups, in all hierarchies in use, each for one container with {@linkplain
   * ContainerSpec#limits() limits}. The pool is filled once the first such container has been
   * started, and again when half are used; a start that finds it empty makes its own. When two
   * starts in a row have had the same limits, most of them have these in advance.
   *
   * @param size how many there are at most: {@link RuntimeOptions#preparedCgroups()}; 0 if none are
   *     prepared
   * @param ready how many there are now
   * @param used how many containers have got one so far
   * @param missed how many have found the pool empty so far, the first one among them
   * @param failure why no more are made for the time being: the call, and what the kernel said; or
   *     empty. It is tried again after 10 seconds, with the next start. No start fails for it
   */
  public record Cgroups(int size, int ready, long used, long missed, Optional<String> failure) {}
}
