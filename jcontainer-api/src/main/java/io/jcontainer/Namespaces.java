package io.jcontainer;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which namespaces a container runs in, each chosen by itself. The default is {@link
 * Builder#isolateAll()}: all own, but for the clocks.
 *
 * <p>Namespaces need each other in places, and what does not fit together is an {@link
 * InvalidSpecException}: an own file system needs an own mount namespace, and a host name an own
 * UTS namespace.
 *
 * @since 0.1.0
 */
public final class Namespaces {
  private final Namespace pid;
  private final Namespace network;
  private final Namespace uts;
  private final Namespace mount;
  private final Namespace ipc;
  private final Namespace user;
  private final Namespace cgroup;
  private final Namespace time;
  private final @Nullable IdMapping ids;
  private final @Nullable ClockOffsets clockOffsets;

  private Namespaces(Builder builder) {
    pid = builder.pid;
    network = builder.network;
    uts = builder.uts;
    mount = builder.mount;
    ipc = builder.ipc;
    user = builder.user;
    cgroup = builder.cgroup;
    time = builder.time;
    ids = builder.ids;
    clockOffsets = builder.clockOffsets;
    if (ids != null && !(user instanceof Namespace.Own)) {
      throw new InvalidSpecException("ids", "only an own user namespace can be given id ranges");
    }
    if (clockOffsets != null && !(time instanceof Namespace.Own)) {
      throw new InvalidSpecException(
          "clockOffsets", "only an own time namespace can have clock offsets");
    }
    if (mount instanceof Namespace.Host && !(pid instanceof Namespace.Host)) {
      throw new InvalidSpecException(
          "namespaces",
          "the host's mount namespace shows the host's /proc, which does not fit another pid"
              + " namespace: share pid as well, or take an own mount namespace");
    }
  }

  /**
   * Starts from the default.
   *
   * @return a builder with everything own but the clocks
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Starts from these choices.
   *
   * @return a builder
   */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.pid = pid;
    builder.network = network;
    builder.uts = uts;
    builder.mount = mount;
    builder.ipc = ipc;
    builder.user = user;
    builder.cgroup = cgroup;
    builder.time = time;
    builder.ids = ids;
    builder.clockOffsets = clockOffsets;
    return builder;
  }

  /**
   * The process numbers: pid_namespaces(7). In an own one the command is process 1, and everything
   * in it dies with it.
   *
   * @return the choice
   */
  public Namespace pid() {
    return pid;
  }

  /**
   * The network: network_namespaces(7). An own one has only a loopback interface, which is up.
   *
   * @return the choice
   */
  public Namespace network() {
    return network;
  }

  /**
   * Host name and domain name: uts_namespaces(7).
   *
   * @return the choice
   */
  public Namespace uts() {
    return uts;
  }

  /**
   * The file system: mount_namespaces(7). Only with an own one the container has a {@link
   * ContainerSpec#rootfs()}.
   *
   * @return the choice
   */
  public Namespace mount() {
    return mount;
  }

  /**
   * System V and POSIX message queues, semaphores and shared memory: ipc_namespaces(7).
   *
   * @return the choice
   */
  public Namespace ipc() {
    return ipc;
  }

  /**
   * User and group ids and capabilities: user_namespaces(7). "Own" means the one that the runtime
   * makes once for all of its containers, so that no container is ever root of the host; with
   * {@link #ids()} it is one of this container alone. The host's is for commands that one trusts:
   * as long as there is no seccomp filter, its root can mount the host's cgroups in a user
   * namespace nested inside.
   *
   * @return the choice
   */
  public Namespace user() {
    return user;
  }

  /**
   * What the container sees of the cgroup tree: cgroup_namespaces(7).
   *
   * @return the choice
   */
  public Namespace cgroup() {
    return cgroup;
  }

  /**
   * The clocks: time_namespaces(7). The host's by default, for an own one without offsets isolates
   * nothing.
   *
   * @return the choice
   */
  public Namespace time() {
    return time;
  }

  /**
   * The ids of a user namespace of this container alone.
   *
   * @return the mapping, or empty for the runtime's own user namespace
   */
  public Optional<IdMapping> ids() {
    return Optional.ofNullable(ids);
  }

  /**
   * What an own time namespace adds to the clocks.
   *
   * @return the offsets, or empty for none
   */
  public Optional<ClockOffsets> clockOffsets() {
    return Optional.ofNullable(clockOffsets);
  }

  /** Chooses namespaces. Not for several threads at once. */
  public static final class Builder {
    private Namespace pid = Namespace.own();
    private Namespace network = Namespace.own();
    private Namespace uts = Namespace.own();
    private Namespace mount = Namespace.own();
    private Namespace ipc = Namespace.own();
    private Namespace user = Namespace.own();
    private Namespace cgroup = Namespace.own();
    private Namespace time = Namespace.host();
    private @Nullable IdMapping ids;
    private @Nullable ClockOffsets clockOffsets;

    private Builder() {}

    /**
     * All own, but for the clocks: the default.
     *
     * @return this
     */
    public Builder isolateAll() {
      pid = network = uts = mount = ipc = user = cgroup = Namespace.own();
      time = Namespace.host();
      ids = null;
      clockOffsets = null;
      return this;
    }

    /**
     * Chooses the {@linkplain Namespaces#pid() pid} namespace.
     *
     * @param choice which
     * @return this
     */
    public Builder pid(Namespace choice) {
      pid = choice;
      return this;
    }

    /**
     * Chooses the {@linkplain Namespaces#network() network} namespace.
     *
     * @param choice which
     * @return this
     */
    public Builder network(Namespace choice) {
      network = choice;
      return this;
    }

    /**
     * Chooses the {@linkplain Namespaces#uts() UTS} namespace.
     *
     * @param choice which
     * @return this
     */
    public Builder uts(Namespace choice) {
      uts = choice;
      return this;
    }

    /**
     * Chooses the {@linkplain Namespaces#mount() mount} namespace.
     *
     * @param choice which
     * @return this
     */
    public Builder mount(Namespace choice) {
      mount = choice;
      return this;
    }

    /**
     * Chooses the {@linkplain Namespaces#ipc() IPC} namespace.
     *
     * @param choice which
     * @return this
     */
    public Builder ipc(Namespace choice) {
      ipc = choice;
      return this;
    }

    /**
     * Chooses the {@linkplain Namespaces#user() user} namespace.
     *
     * @param choice which
     * @return this
     */
    public Builder user(Namespace choice) {
      user = choice;
      return this;
    }

    /**
     * Gives the container a user namespace of its own alone, with these ids. Root may map any; an
     * ordinary user its own id, and what {@code /etc/subuid} and {@code /etc/subgid} grant.
     *
     * @param mapping the ids
     * @return this
     */
    public Builder ids(IdMapping mapping) {
      user = Namespace.own();
      ids = mapping;
      return this;
    }

    /**
     * Chooses the {@linkplain Namespaces#cgroup() cgroup} namespace.
     *
     * @param choice which
     * @return this
     */
    public Builder cgroup(Namespace choice) {
      cgroup = choice;
      return this;
    }

    /**
     * Chooses the {@linkplain Namespaces#time() time} namespace.
     *
     * @param choice which
     * @return this
     */
    public Builder time(Namespace choice) {
      time = choice;
      return this;
    }

    /**
     * Gives the container a time namespace of its own with these offsets.
     *
     * @param offsets what to add to the host's clocks
     * @return this
     */
    public Builder clockOffsets(ClockOffsets offsets) {
      time = Namespace.own();
      clockOffsets = offsets;
      return this;
    }

    /**
     * The choices as a value.
     *
     * @return the value
     * @throws InvalidSpecException if they do not fit together
     */
    public Namespaces build() {
      return new Namespaces(this);
    }
  }
}
