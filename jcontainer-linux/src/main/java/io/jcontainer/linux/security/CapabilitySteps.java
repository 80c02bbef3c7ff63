package io.jcontainer.linux.security;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.user.Identity;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The five sets of capabilities of the command: capabilities(7). Bounding is what is granted; for
 * root, so are permitted and effective; inheritable and ambient are what is ambient, and for other
 * users so are permitted and effective.
 */
public final class CapabilitySteps {
  private static final List<Capability> KNOWN = List.of(Capability.values());

  /** By number; also for those that are newer than our table. */
  private static final List<Step> DROPS =
      IntStream.range(0, Long.SIZE).mapToObj(CapabilitySteps::drop).toList();

  /** What nearly all containers get, so it is made once. */
  private static final Step KEEP_DEFAULTS =
      capset(Capabilities.defaults(), true).why("the default set; nothing is inheritable");

  private CapabilitySteps() {}

  private static Step drop(int number) {
    String name = number < KNOWN.size() ? KNOWN.get(number).toString() : "capability " + number;
    return Calls.capbsetDrop(name, number).why("not granted");
  }

  /**
   * Shrinks the bounding set, in the last user namespace, for entering one fills it; and while
   * CAP_SETPCAP is there, so before {@link #keep}.
   *
   * @throws HostUnsupportedException if this kernel does not have what is granted
   */
  @SuppressWarnings("EnumOrdinal") // by the kernel's number
  public static void bound(ProcessRequest request, Steps steps) {
    checkMounts(request);
    long granted = bits(request.spec().capabilities().granted());
    int last = request.host().lastCapability();
    for (int number = 0; number < Long.SIZE; number++) {
      boolean wanted = (granted >>> number & 1) != 0;
      if (number > last && wanted) {
        throw new HostUnsupportedException(
            KNOWN.get(number).toString(), "this kernel does not know it", null);
      }
      if (number <= last && !wanted) {
        steps.add(DROPS.get(number));
      }
    }
  }

  /**
   * Whoever has CAP_SYS_ADMIN in the user namespace that the mounts belong to can undo them. A
   * container that starts with it gets another user namespace for that; one that has started
   * without it has none.
   */
  private static void checkMounts(ProcessRequest request) {
    if (request.entersUser(Order.FIRST)
        && !request.user().nested()
        && request.spec().capabilities().granted().contains(Capability.SYS_ADMIN)) {
      throw new InvalidSpecException(
          "capabilities",
          "CAP_SYS_ADMIN could undo the mounts of this container, for it was started without it by"
              + " a user who is not root; start the container with it");
    }
  }

  /** Before the ids change: a change from root to another user empties the permitted set. */
  public static void keepWhileUserChanges(ProcessRequest request, Steps steps) {
    if (!Identity.isRoot(request.spec().user())
        && !request.spec().capabilities().ambient().isEmpty()) {
      steps.add(
          Calls.keepCapabilities(),
          "or what is to be ambient would be lost with root's id; ends at execve(2)");
    }
  }

  /**
   * Not by the record's own equals: the first call of one makes method handles for milliseconds.
   */
  private static boolean isDefault(Capabilities capabilities) {
    return capabilities.granted().equals(Capabilities.defaults().granted())
        && capabilities.ambient().isEmpty();
  }

  /** After the ids have changed: the other four sets. */
  public static void keep(ProcessRequest request, Steps steps) {
    Capabilities capabilities = request.spec().capabilities();
    Identity identity = Identity.of(request);
    boolean isRoot = Identity.isRoot(request.spec().user());
    if (identity.isLookedUp()) {
      steps.add(
          Calls.capset(identity.capabilities()),
          "what is granted for root, what is ambient for others; inheritable only what is ambient");
    } else if (isRoot && isDefault(capabilities)) {
      steps.add(KEEP_DEFAULTS);
    } else {
      steps.add(
          capset(capabilities, isRoot),
          "nothing is inheritable but what is ambient, or a file capability could raise it again");
    }
    for (Capability ambient : capabilities.ambient()) {
      steps.add(
          Calls.raiseAmbient(ambient.toString(), ambient.number()),
          "execve(2) leaves it to a user who is not root; only what is permitted and inheritable");
    }
  }

  private static Step.Call capset(Capabilities capabilities, boolean root) {
    return Calls.capset(data(capabilities, root));
  }

  /** What capset(2) takes: two structures, for the low and for the high numbers. */
  private static Arg data(Capabilities capabilities, boolean root) {
    return Arg.struct32(
        words(capabilities, root).stream()
            .map(word -> word == 0 ? Arg.of(0) : Arg.named("0x%08x".formatted(word), word))
            .toArray(Arg[]::new));
  }

  /** The words of capset(2)'s data: effective, permitted, inheritable, each low, then high. */
  public static List<Long> words(Capabilities capabilities, boolean root) {
    long inheritable = bits(capabilities.ambient());
    long permitted = root ? bits(capabilities.granted()) : inheritable;
    return List.of(
        low(permitted),
        low(permitted),
        low(inheritable),
        permitted >>> 32,
        permitted >>> 32,
        inheritable >>> 32);
  }

  private static long low(long bits) {
    return bits & 0xFFFF_FFFFL;
  }

  private static long bits(Collection<Capability> capabilities) {
    long bits = 0;
    for (Capability capability : capabilities) {
      bits |= 1L << capability.number();
    }
    return bits;
  }
}
