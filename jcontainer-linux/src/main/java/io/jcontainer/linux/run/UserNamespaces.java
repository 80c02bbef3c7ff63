package io.jcontainer.linux.run;

import io.jcontainer.Capability;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.IdMapping;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.linux.image.LayerOwner;
import io.jcontainer.linux.probe.IdmapProbe;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which user namespace a container enters. The usual one is made once, with the first container:
 * for newuidmap(1) takes milliseconds, but setns(2) microseconds.
 */
final class UserNamespaces implements AutoCloseable {
  private static final int O_RDONLY = 0;

  private final Kernel kernel;
  private final HostFacts host;
  private final UserNamespaceMaker maker;
  private final @Nullable IdMapping chosenIds;
  private final IdmapProbe idmaps;
  private UserNamespaceMaker.@Nullable Made usual;
  private @Nullable UserPlacement usualPlacement;
  private UserNamespaceMaker.@Nullable Made usualNested;

  UserNamespaces(
      Kernel kernel, HostFacts host, UserNamespaceMaker maker, @Nullable IdMapping chosenIds) {
    this.kernel = kernel;
    this.host = host;
    this.maker = maker;
    this.chosenIds = chosenIds;
    this.idmaps = new IdmapProbe(kernel);
  }

  /**
   * One container's way into a user namespace.
   *
   * @param namespaces the open namespaces: none for the JVM's, else that one, and the nested one
   * @param owned what is settled and closed with this; the others are the runtime's
   */
  record Entry(UserPlacement placement, List<Fd> namespaces, List<UserNamespaceMaker.Made> owned)
      implements AutoCloseable {

    /** What the launcher gets. */
    List<Fd> descriptors() {
      return namespaces;
    }

    /** The namespace whose ids the container has, or null for the JVM's. */
    @Nullable Fd namespace() {
      return namespaces.isEmpty() ? null : namespaces.get(0);
    }

    /**
     * Whether the container is in the runtime's usual one: in none of its own, nor a nested one.
     */
    boolean isUsual() {
      return namespaces.size() == 1 && owned.isEmpty();
    }

    @Override
    public void close() {
      for (UserNamespaceMaker.Made made : owned) {
        made.namespace().close();
        made.settled();
      }
    }
  }

  /** The way that a spec names. */
  Entry enter(ContainerSpec spec) {
    Namespace choice = spec.namespaces().user();
    boolean own = choice instanceof Namespace.Own;
    if (choice instanceof Namespace.Host || (!own && JoinedNamespaces.isOurs(Kind.USER, choice))) {
      if (!host.isRoot()) {
        throw new HostUnsupportedException(
            "the host's user namespace for a container",
            "an ordinary user may make other namespaces only inside of an own user namespace; leave"
                + " out namespaces.user, or run as root",
            null);
      }
      return new Entry(UserPlacement.none(), List.of(), List.of());
    }
    boolean nested = !host.isRoot() && spec.capabilities().granted().contains(Capability.SYS_ADMIN);
    if (own && spec.namespaces().ids().isEmpty()) {
      UserNamespaceMaker.Made made = usual();
      UserPlacement placement = usualPlacement(made);
      return nested
          ? new Entry(
              placement.withNested(),
              List.of(made.namespace(), usualNested().namespace()),
              List.of())
          : new Entry(placement, List.of(made.namespace()), List.of());
    }
    UserNamespaceMaker.Made made = own ? maker.make(spec.namespaces().ids().get()) : join(choice);
    Entry entry = new Entry(placement(made), List.of(made.namespace()), List.of(made));
    return nested ? nest(entry, made) : entry;
  }

  private Entry nest(Entry entry, UserNamespaceMaker.Made made) {
    try {
      UserNamespaceMaker.Made inner = maker.nest(made);
      return new Entry(
          entry.placement().withNested(),
          List.of(made.namespace(), inner.namespace()),
          List.of(inner, made));
    } catch (RuntimeException | Error e) {
      entry.close();
      throw e;
    }
  }

  private UserNamespaceMaker.Made join(Namespace choice) {
    try (Fd file = open(choice)) {
      return maker.describe(file);
    }
  }

  private Fd open(Namespace choice) {
    if (choice instanceof Namespace.OfPath path) {
      return JoinedNamespaces.file(kernel, Kind.USER, path);
    }
    if (choice instanceof Namespace.OfContainer container) {
      return JoinedNamespaces.alive(container.container()).openUserNamespace(kernel);
    }
    int pid = JoinedNamespaces.pid(choice);
    try {
      return kernel.open("/proc/" + pid + "/ns/user", O_RDONLY);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        throw JoinedNamespaces.noSuchProcess(Kind.USER, pid);
      }
      throw e;
    }
  }

  /** The same object each time, which saves comparing it. */
  private synchronized UserPlacement usualPlacement(UserNamespaceMaker.Made made) {
    if (usualPlacement == null) {
      usualPlacement = placement(made);
    }
    return usualPlacement;
  }

  private UserPlacement placement(UserNamespaceMaker.Made made) {
    Order order = host.isRoot() ? Order.LAST : Order.FIRST;
    return new UserPlacement(order, made.ids(), made.groupsDenied());
  }

  private synchronized UserNamespaceMaker.Made usual() {
    if (usual == null) {
      usual = chosenIds == null ? maker.makeUsual() : maker.make(chosenIds).settled();
    }
    return usual;
  }

  /** Whose files the layers of images become that an ordinary user unpacks. */
  LayerOwner layerOwner() {
    UserNamespaceMaker.Made made = usual();
    return new LayerOwner(made.ids(), made.namespace());
  }

  /** Within the usual one, made with the first container that needs it. */
  private synchronized UserNamespaceMaker.Made usualNested() {
    if (usualNested == null) {
      usualNested = maker.nest(usual()).settled();
    }
    return usualNested;
  }

  /**
   * Whether the layers of a spec are mounted with the container's ids: only root needs it and can
   * do it.
   */
  boolean idmapLayers(ContainerSpec spec, Entry user) {
    LayeredRootfs rootfs = spec.rootfs().orElse(null);
    Fd namespace = user.namespace();
    if (rootfs == null || namespace == null || user.placement().order() != Order.LAST) {
      return false;
    }
    List<Path> layers = rootfs.isHost() ? List.of(Path.of("/usr")) : rootfs.layers();
    for (Path layer : layers) {
      String problem = idmaps.problem(layer, namespace);
      if (problem != null) {
        if (!rootfs.isReadOnly() && rootfs.fallbacks().isEmpty()) {
          throw new HostUnsupportedException(
              "a write layer on " + layer,
              problem
                  + "; its file system cannot be mounted with the container's ids, so the container"
                  + " could not change its files: use readOnly(), another file system, or"
                  + " withFallback()",
              null);
        }
        return false;
      }
    }
    return true;
  }

  /** Refuses bind mounts that cannot be mounted with the container's ids, as the spec says. */
  void requireIdmappedMounts(ContainerSpec spec, Entry user) {
    Fd namespace = user.namespace();
    for (Mount mount : spec.mounts()) {
      if (mount instanceof Mount.Bind bind && bind.mapsIds() && namespace != null) {
        String problem =
            user.placement().order() == Order.LAST
                ? idmaps.problem(bind.source(), namespace)
                : "only root can mount with other ids";
        if (problem != null) {
          throw new HostUnsupportedException(
              "a mount of " + bind.source() + " with the container's ids",
              problem + "; leave out idmapped()",
              null);
        }
      }
    }
  }

  /** A mapping that a container can be started with. */
  static void requireRoot(IdMapping ids) {
    boolean uid = ids.uids().stream().anyMatch(range -> range.containerId() == 0);
    boolean gid = ids.gids().stream().anyMatch(range -> range.containerId() == 0);
    if (!uid || !gid) {
      throw new InvalidSpecException("ids", "the ids 0 must be mapped: the command runs as root");
    }
  }

  @Override
  public synchronized void close() {
    if (usualNested != null) {
      usualNested.namespace().close();
      usualNested = null;
    }
    if (usual != null) {
      usual.namespace().close();
      usual = null;
    }
  }
}
