package io.jcontainer;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which capabilities a process and its descendants may have: capabilities(7). Root gets those that
 * are granted; any other user gets only the ambient ones among them. No set-user-id program and no
 * file capability gives more. All that is not granted is gone for good, also from the bounding set,
 * and nothing is inheritable but what is ambient.
 *
 * <p>They count inside the container's user namespace: not even all of them give power over the
 * host, unless the container shares the host's user namespace.
 *
 * @param granted what root has, and what limits all others
 * @param ambient what a user who is not root has, too; all of them are granted
 * @since 0.1.0
 */
public record Capabilities(Set<Capability> granted, Set<Capability> ambient) {
  private static final Capabilities DEFAULTS =
      new Capabilities(
          EnumSet.of(
              Capability.CHOWN,
              Capability.DAC_OVERRIDE,
              Capability.FOWNER,
              Capability.FSETID,
              Capability.KILL,
              Capability.SETGID,
              Capability.SETUID,
              Capability.SETPCAP,
              Capability.NET_BIND_SERVICE,
              Capability.NET_RAW,
              Capability.SYS_CHROOT,
              Capability.MKNOD,
              Capability.AUDIT_WRITE,
              Capability.SETFCAP),
          Set.of());

  /**
   * Copies the sets.
   *
   * @param granted what root has, and what limits all others
   * @param ambient what a user who is not root has, too
   * @throws InvalidSpecException if an ambient capability is not granted
   */
  public Capabilities {
    granted = copy(granted);
    ambient = copy(ambient);
    if (!granted.containsAll(ambient)) {
      throw new InvalidSpecException(
          "capabilities", "what is ambient must be granted: " + ambient + " in " + granted);
    }
  }

  /**
   * Docker's default set of 14; none of them is ambient.
   *
   * @return the default
   */
  public static Capabilities defaults() {
    return DEFAULTS;
  }

  /**
   * None, not even for root.
   *
   * @return the empty sets
   */
  public static Capabilities none() {
    return new Capabilities(Set.of(), Set.of());
  }

  /**
   * All 41; none of them is ambient.
   *
   * @return all
   */
  public static Capabilities all() {
    return new Capabilities(EnumSet.allOf(Capability.class), Set.of());
  }

  /**
   * The same, and these are granted.
   *
   * @param more what to add
   * @return the larger sets
   */
  public Capabilities with(Capability... more) {
    return with(Arrays.asList(more));
  }

  /**
   * The same, and these are granted.
   *
   * @param more what to add
   * @return the larger sets
   */
  public Capabilities with(Collection<Capability> more) {
    return new Capabilities(plus(granted, more), ambient);
  }

  /**
   * The same without these, neither granted nor ambient.
   *
   * @param less what to take away
   * @return the smaller sets
   */
  public Capabilities without(Capability... less) {
    return without(Arrays.asList(less));
  }

  /**
   * The same without these, neither granted nor ambient.
   *
   * @param less what to take away
   * @return the smaller sets
   */
  public Capabilities without(Collection<Capability> less) {
    return new Capabilities(minus(granted, less), minus(ambient, less));
  }

  /**
   * The same, and these are granted and ambient.
   *
   * @param more what a user who is not root is to have
   * @return the larger sets
   */
  public Capabilities ambient(Capability... more) {
    Collection<Capability> added = Arrays.asList(more);
    return new Capabilities(plus(granted, added), plus(ambient, added));
  }

  private static Set<Capability> copy(Collection<Capability> capabilities) {
    EnumSet<Capability> copy = EnumSet.noneOf(Capability.class);
    copy.addAll(capabilities);
    return Collections.unmodifiableSet(copy);
  }

  private static Set<Capability> plus(Set<Capability> set, Collection<Capability> more) {
    EnumSet<Capability> sum = EnumSet.noneOf(Capability.class);
    sum.addAll(set);
    sum.addAll(more);
    return sum;
  }

  private static Set<Capability> minus(Set<Capability> set, Collection<Capability> less) {
    EnumSet<Capability> rest = EnumSet.noneOf(Capability.class);
    rest.addAll(set);
    rest.removeAll(less);
    return rest;
  }
}
