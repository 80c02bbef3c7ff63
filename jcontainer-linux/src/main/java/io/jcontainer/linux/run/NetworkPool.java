package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWUSER;

import io.jcontainer.Prepared;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Supply;
import io.jcontainer.linux.namespace.Network;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Network namespaces in the runtime's user namespace, made in advance: the kernel takes as long for
 * one as for all mounts of a container together. One process makes them, from the end of the first
 * start that could have used one. Each is given away once, and never comes back. Nobody waits: who
 * finds none makes its own, and who orders one has the kernel keep it until it is wanted.
 */
final class NetworkPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkPool.class);

  private final Launcher launcher;
  private final int size;
  private final Orders orders;

  private @Nullable Fd userNamespace;
  private long used;
  private long missed;
  private @Nullable String failure;

  /**
   * Makes nothing yet.
   *
   * @param size how many are kept; 0 for none
   */
  NetworkPool(Launcher launcher, int size, LongSupplier nanoTime) {
    this.launcher = launcher;
    this.size = size;
    this.orders = new Orders(size, nanoTime);
  }

  /**
   * One for a container, which the caller closes; empty if none is ready.
   *
   * @param userNamespace the runtime's, in which the container will be; open until {@link #close}
   */
  synchronized Optional<Fd> take(Fd userNamespace) {
    if (size == 0) {
      return Optional.empty();
    }
    this.userNamespace = userNamespace;
    Optional<Fd> network = received();
    if (network.isPresent()) {
      failure = null;
      used++;
    } else {
      missed++;
    }
    return network;
  }

  private Optional<Fd> received() {
    try {
      return orders.take();
    } catch (SyscallException e) {
      giveUp(e);
      return Optional.empty();
    }
  }

  /** Whether {@link #take} would have one now. */
  synchronized boolean isReady() {
    return orders.ready() > 0;
  }

  /** A moment's view. */
  synchronized Prepared.Networks look() {
    return new Prepared.Networks(size, orders.ready(), used, missed, Optional.ofNullable(failure));
  }

  /**
   * Orders what is missing, and does not wait for it. To be called in a launcher thread, with which
   * the process dies that makes them, and behind a start: the first one waits until that process is
   * there.
   */
  void refill() {
    Fd owner = toBegin();
    if (owner != null) {
      begin(owner);
    }
    order();
  }

  /** The user namespace for which the process is to be started now, by the caller; or null. */
  private synchronized @Nullable Fd toBegin() {
    return userNamespace != null && orders.begin() ? userNamespace : null;
  }

  private void begin(Fd owner) {
    Steps first = new Steps();
    first.add(Calls.dieWithParent(), "not without the JVM");
    first.add(Calls.setName("jcontainer-net"), "what ps(1) shows");
    first.add(
        Calls.setns(Arg.of(UserPlacement.DESCRIPTOR), CLONE_NEWUSER),
        "the network namespaces are to belong to the runtime's user namespace");
    first.add(Calls.dumpable(false), "no container may trace us");
    Network.stayApart(UserPlacement.DESCRIPTOR, first);
    Steps each = new Steps();
    Slot made = Network.makeForLater(UserPlacement.DESCRIPTOR, each);
    Supply begun = null;
    RuntimeException refused = null;
    try {
      begun = launcher.supply(first, List.of(owner), each, made);
    } catch (RuntimeException e) { // whatever it is: starts go on without
      refused = e;
    }
    synchronized (this) {
      orders.begun(begun);
      if (refused != null) {
        giveUp(refused);
      }
    }
  }

  private synchronized void order() {
    try {
      orders.fill();
    } catch (SyscallException e) {
      giveUp(e);
    }
  }

  /** For a while: what it was, whoever looks is told. */
  private void giveUp(RuntimeException e) {
    LOG.debug("no network namespaces are made in advance", e);
    failure = e.getMessage();
    orders.rest();
    orders.end();
  }

  /** Ends the process, and what it has made for nobody; no launcher thread is at work any more. */
  @Override
  public synchronized void close() {
    orders.end();
  }
}
