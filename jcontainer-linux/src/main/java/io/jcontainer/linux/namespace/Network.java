package io.jcontainer.linux.namespace;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.util.List;

/** The steps of an own network namespace: one that only has a loopback interface, which is up. */
public final class Network {
  private static final Slot SOCKET = new Slot("socket");
  private static final Slot NAMESPACE = new Slot("network namespace");

  private Network() {}

  /** Whether clone(2) makes it, or {@link #makeAside}. */
  public static boolean isMadeByClone(LaunchRequest request) {
    return request.own(Kind.NETWORK) && !request.entersUser(Order.LAST);
  }

  /**
   * Where the user namespace is entered last, the network namespace must still belong to it, or the
   * container's CAP_NET_* would mean nothing there. There is no way back from a user namespace, so
   * a process aside enters it, and leaves us the descriptor of what it has made.
   */
  public static void makeAside(LaunchRequest request, Steps steps) {
    if (!request.own(Kind.NETWORK) || isMadeByClone(request)) {
      return;
    }
    Steps body = new Steps();
    body.add(
        Calls.setns(Arg.of(UserPlacement.DESCRIPTOR), Clone.CLONE_NEWUSER),
        "the owner of the network namespace is to be the container's user namespace");
    body.add(Calls.unshare(Clone.CLONE_NEWNET), "a new network namespace");
    loopbackUp(body);
    body.add(
        Calls.open("/proc/thread-self/ns/net", Open.O_RDONLY, Open.O_CLOEXEC).into(NAMESPACE),
        "descriptors are shared: the launcher can use it");
    steps.aside(
        Calls.clone(
                List.of(Clone.CLONE_VM, Clone.CLONE_VFORK, Clone.CLONE_FILES, Clone.SIGCHLD),
                Arg.NULL)
            .why("a process that makes the network namespace"),
        body);
    steps.add(Calls.setns(Arg.of(NAMESPACE), Clone.CLONE_NEWNET), "the new network namespace");
    steps.add(Calls.close(NAMESPACE), "");
  }

  /**
   * Switches the loopback interface on, in the container, where clone(2) has made the namespace.
   */
  public static void raiseLoopback(LaunchRequest request, Steps steps) {
    if (isMadeByClone(request)) {
      loopbackUp(steps);
    }
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
    steps.add(Calls.close(SOCKET), "");
  }
}
