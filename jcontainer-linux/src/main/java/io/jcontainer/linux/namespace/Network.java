package io.jcontainer.linux.namespace;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;

/**
 * The steps of an own network namespace: one that only has a loopback interface, which is up.
 *
 * <p>Making one takes the kernel as long as all mounts together. So a process aside makes it, while
 * the container's first process mounts. And where the user namespace is entered last, there is no
 * other way: the network namespace must belong to it, or the container's CAP_NET_* would mean
 * nothing, and nobody comes back from a user namespace.
 *
 * <p>Or it was made in advance, by a process that does nothing else ({@link #stayApart}, {@link
 * #makeForLater}); then there is only the setns(2).
 */
public final class Network {
  private static final Slot SOCKET = new Slot("socket");
  private static final Slot NAMESPACE = new Slot("network namespace");
  private static final Slot HOME = new Slot("own network namespace");

  private Network() {}

  /** Begins to make it, in the launcher. */
  public static void makeAside(LaunchRequest request, Steps steps) {
    if (!request.own(Kind.NETWORK) || request.prepared().containsKey(Kind.NETWORK)) {
      return;
    }
    Steps body = new Steps();
    int last = request.user().last();
    if (last >= 0) {
      body.add(
          Calls.setns(Arg.of(last), Clone.CLONE_NEWUSER),
          "the network namespace is to belong to the container's user namespace");
    }
    make("descriptors are shared: the container's first process can use it", body);
    steps.aside(
        Calls.cloneAside().why("a process that makes the network namespace meanwhile"), body);
  }

  /** Enters it, in the container; what comes before has no need of it. */
  public static void enter(LaunchRequest request, Steps steps) {
    if (!request.own(Kind.NETWORK)) {
      return;
    }
    Integer prepared = request.prepared().get(Kind.NETWORK);
    if (prepared != null) {
      steps.add(
          Calls.setns(Arg.of(prepared), Clone.CLONE_NEWNET),
          "a network namespace that was made before, and that nobody has been in");
      return;
    }
    steps.add(new Step.Await("the network namespace is there now"));
    steps.add(Calls.setns(Arg.of(NAMESPACE), Clone.CLONE_NEWNET), "the new network namespace");
    steps.add(Calls.close(NAMESPACE), "entered: no longer needed");
  }

  /**
   * For who makes network namespaces for others: lets it have one of its own, to come back to.
   * Otherwise the last one that it has made would not end with its container.
   *
   * @param descriptor which number the own one gets, in place of what has it
   */
  public static void stayApart(int descriptor, Steps steps) {
    steps.add(Calls.unshare(Clone.CLONE_NEWNET), "an own network namespace, to come back to");
    steps.add(
        Calls.open("/proc/thread-self/ns/net", Open.O_RDONLY, Open.O_CLOEXEC).into(HOME),
        "it is kept");
    steps.add(Calls.dup3(HOME, descriptor, Open.O_CLOEXEC), "where each order finds it");
    steps.add(Calls.close(HOME), "no longer needed");
  }

  /**
   * Makes one, and comes back.
   *
   * @param home the number that {@link #stayApart} was given
   * @return where its descriptor is kept
   */
  public static Slot makeForLater(int home, Steps steps) {
    make("for a container to come", steps);
    steps.add(
        Calls.setns(Arg.of(home), Clone.CLONE_NEWNET),
        "so that nobody is in it, and it ends with its container");
    return NAMESPACE;
  }

  private static void make(String why, Steps steps) {
    steps.add(Calls.unshare(Clone.CLONE_NEWNET), "a new network namespace");
    loopbackUp(steps);
    steps.add(
        Calls.open("/proc/thread-self/ns/net", Open.O_RDONLY, Open.O_CLOEXEC).into(NAMESPACE), why);
  }

  private static void loopbackUp(Steps steps) {
    Arg unix = Arg.named("AF_UNIX", 1);
    Arg datagram = Arg.named("SOCK_DGRAM|SOCK_CLOEXEC", 2 | 0x80000);
    steps.add(
        Call.of(Sys.SOCKET, unix, datagram, Arg.of(0)).into(SOCKET),
        "any socket takes requests about interfaces: netdevice(7)");
    // struct ifreq: 16 bytes of name, then the flags; 40 bytes in all.
    Arg lo = Arg.named("\"lo\"", 'l' | 'o' << 8);
    Arg up = Arg.named("IFF_UP|IFF_RUNNING", 0x41);
    Arg zero = Arg.of(0);
    Arg request = Arg.struct64(lo, zero, up, zero, zero);
    steps.add(
        Call.of(Sys.IOCTL, Arg.of(SOCKET), Arg.named("SIOCSIFFLAGS", 0x8914), request),
        "loopback up");
    steps.add(Calls.close(SOCKET), "no longer needed, and shared with the launcher");
  }
}
