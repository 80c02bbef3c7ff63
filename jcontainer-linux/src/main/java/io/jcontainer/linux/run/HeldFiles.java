package io.jcontainer.linux.run;

import io.jcontainer.ExitStatus;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.rootfs.Scratch;
import io.jcontainer.linux.sys.Fd;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM holds of an inspectable container until that is closed: the file system that its
 * write layer is on, which no path leads to, its mount namespace, and the user namespaces that own
 * this. So its files can be reached after its end as before it.
 */
final class HeldFiles implements AutoCloseable {
  private final @Nullable Fd scratch;
  private final @Nullable Fd mounts;
  private final List<Fd> users;
  private final List<Runnable> giveBack = new ArrayList<>();
  private boolean closed;

  private HeldFiles(@Nullable Fd scratch, @Nullable Fd mounts, List<Fd> users) {
    this.scratch = scratch;
    this.mounts = mounts;
    this.users = users;
  }

  /** Whether the mount namespace has to come from the container: it was not made before. */
  static boolean takesMounts(LaunchRequest request) {
    return isHeld(request) && !request.prepared().containsKey(Kind.MOUNT);
  }

  private static boolean isHeld(LaunchRequest request) {
    return request.own(Kind.MOUNT)
        && request.spec().rootfs().filter(LayeredRootfs::isInspectable).isPresent();
  }

  /** How many descriptors the container gives the JVM at its start. */
  static int fromStart(LaunchRequest request) {
    return (Scratch.isHeld(request) ? 1 : 0) + (takesMounts(request) ? 1 : 0);
  }

  /** The same of one that is parked, which gives the JVM its mount namespace in any case. */
  static int fromParked(LaunchRequest request) {
    return Scratch.isHeld(request) ? 1 : 0;
  }

  /**
   * Takes over what a container has given, and duplicates the rest.
   *
   * @param given in the order in which the plan gives it
   * @param prepared its mount namespace if that did not come with these, or null
   * @param users the user namespaces that the launcher got
   * @return null if it is not inspectable
   */
  static @Nullable HeldFiles take(
      LaunchRequest request, List<Fd> given, @Nullable Fd prepared, List<Fd> users) {
    if (!isHeld(request)) {
      return null;
    }
    List<Fd> all = new ArrayList<>(given);
    try {
      Fd scratch = Scratch.isHeld(request) ? all.get(0) : null;
      Fd mounts = null;
      if (prepared != null) {
        mounts = duplicate(prepared, all);
      } else if (given.size() > (scratch == null ? 0 : 1)) {
        mounts = all.get(given.size() - 1);
      }
      List<Fd> owners = new ArrayList<>();
      for (Fd user : users) {
        owners.add(duplicate(user, all));
      }
      return new HeldFiles(scratch, mounts, owners);
    } catch (RuntimeException | Error e) {
      all.forEach(Fd::close);
      throw e;
    }
  }

  private static Fd duplicate(Fd fd, List<Fd> made) {
    Fd duplicate = fd.duplicate(0);
    made.add(duplicate);
    return duplicate;
  }

  /** Is completed when it has been closed, and the container has ended. */
  CompletableFuture<ExitStatus> closedAfter(CompletableFuture<ExitStatus> exit) {
    CompletableFuture<ExitStatus> both = new CompletableFuture<>();
    atClose(
        () -> {
          var unused =
              exit.whenComplete(
                  (status, failure) -> {
                    if (failure == null) {
                      both.complete(status);
                    } else {
                      both.completeExceptionally(failure);
                    }
                  });
        });
    return both;
  }

  /** Gives something back when it is closed. */
  synchronized void atClose(Runnable action) {
    if (closed) {
      action.run();
    } else {
      giveBack.add(action);
    }
  }

  /**
   * Descriptors of its own for who works with the files.
   *
   * @param scratch what the write layer is on; null if it is not in memory
   * @param mounts the mount namespace
   * @param users the user namespaces, the outer one first
   */
  record Copy(@Nullable Fd scratch, @Nullable Fd mounts, List<Fd> users) implements AutoCloseable {

    @Override
    public void close() {
      if (scratch != null) {
        scratch.close();
      }
      if (mounts != null) {
        mounts.close();
      }
      users.forEach(Fd::close);
    }
  }

  /** Opens them; empty if this is closed. */
  synchronized Optional<Copy> open() {
    if (closed) {
      return Optional.empty();
    }
    List<Fd> made = new ArrayList<>();
    try {
      Fd scratchCopy = scratch == null ? null : duplicate(scratch, made);
      Fd mountsCopy = mounts == null ? null : duplicate(mounts, made);
      List<Fd> owners = new ArrayList<>();
      for (Fd user : users) {
        owners.add(duplicate(user, made));
      }
      return Optional.of(new Copy(scratchCopy, mountsCopy, owners));
    } catch (RuntimeException | Error e) {
      made.forEach(Fd::close);
      throw e;
    }
  }

  /** What the write layer is on, as others who look for it have to know it. */
  @Nullable Fd scratch() {
    return scratch;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (Copy all = new Copy(scratch, mounts, users)) {
      giveBack.forEach(Runnable::run);
    }
  }
}
