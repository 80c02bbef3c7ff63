package io.jcontainer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A container as a value: what runs, in which file system, in which namespaces. Immutable, so one
 * spec starts any number of containers.
 *
 * @since 0.1.0
 */
public final class ContainerSpec {
  /** Where commands are looked for if {@link #env()} has no PATH. */
  public static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final ProcessSpec process;

  /** What was chosen; null for the default, which depends on the mount namespace. */
  private final @Nullable LayeredRootfs rootfs;

  private final List<Mount> mounts;
  private final List<String> maskedPaths;
  private final List<String> readOnlyPaths;
  private final List<String> volumes;
  private final boolean makesCwd;
  private final @Nullable String name;
  private final Namespaces namespaces;
  private final @Nullable String hostname;
  private final @Nullable String domainname;
  private final boolean init;
  private final Signal stopSignal;
  private final @Nullable CgroupLimits limits;

  private ContainerSpec(Builder builder) {
    process = builder.process.build();
    name = builder.name;
    namespaces = builder.namespaces;
    rootfs = builder.rootfs;
    mounts = List.copyOf(builder.mounts);
    maskedPaths = List.copyOf(builder.maskedPaths);
    readOnlyPaths = List.copyOf(builder.readOnlyPaths);
    volumes = List.copyOf(builder.volumes);
    makesCwd = builder.makesCwd;
    hostname = builder.hostname;
    domainname = builder.domainname;
    init = builder.init;
    stopSignal = builder.stopSignal;
    limits = builder.limits;
    SpecRules.check(this);
  }

  /**
   * A builder with all defaults.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A command with all defaults: the host's programs, everything isolated.
   *
   * @param command the program and its arguments
   * @return the spec
   * @throws InvalidSpecException if the command is empty or holds a NUL
   */
  public static ContainerSpec of(String... command) {
    return builder().command(command).build();
  }

  /**
   * A builder with what an image says: its layers below a write layer, its environment, entrypoint,
   * command, user, working directory, volumes and stop signal. Nothing else of the container comes
   * from the image, and all of it can be changed: {@link Builder#command} replaces the image's
   * command and keeps its entrypoint, {@link Builder#entrypoint} replaces both, as Docker does it.
   *
   * <pre>{@code
   * Image image = runtime.image("alpine:3.20");
   * ContainerSpec spec = ContainerSpec.from(image).command("echo", "hello").build();
   * }</pre>
   *
   * <p>The layers are those of exactly this image, also when its name leads to another one by the
   * time of the start. The working directory is made if it is not there ({@link Builder#makeCwd}).
   *
   * @param image from {@link ContainerRuntime#image(String, PullPolicy)}
   * @return a builder
   */
  public static Builder from(Image image) {
    Builder builder = new Builder();
    builder.process.from(image);
    builder.rootfs = LayeredRootfs.image(image);
    builder.volumes.addAll(image.volumes());
    builder.makesCwd = true;
    image.stopSignal().ifPresent(builder::stopSignal);
    return builder;
  }

  /**
   * A builder that starts from this spec.
   *
   * @return a builder
   */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.process = process.toBuilder();
    builder.name = name;
    builder.rootfs = rootfs;
    builder.mounts.addAll(mounts);
    builder.maskedPaths.addAll(maskedPaths);
    builder.readOnlyPaths.addAll(readOnlyPaths);
    builder.volumes.addAll(volumes);
    builder.makesCwd = makesCwd;
    builder.namespaces = namespaces;
    builder.hostname = hostname;
    builder.domainname = domainname;
    builder.init = init;
    builder.stopSignal = stopSignal;
    builder.limits = limits;
    return builder;
  }

  /**
   * What people and {@link ContainerRuntime#find} know the container by, beside its id. While a
   * container runs that has it, no other one of the same user can be started with it, in whatever
   * JVM, so a spec with a name starts one container at a time.
   *
   * @return the name, or empty for none, which is the default
   */
  public Optional<String> name() {
    return Optional.ofNullable(name);
  }

  /**
   * The container's first process: what the methods of the same names here answer, and more.
   *
   * @return the process
   */
  public ProcessSpec process() {
    return process;
  }

  /**
   * The program and its arguments. A program without a slash is looked for in the container's PATH.
   *
   * @return at least one
   */
  public List<String> command() {
    return process.command();
  }

  /**
   * The environment, in order. Nothing is inherited from the JVM; PATH and HOME are added if they
   * are missing.
   *
   * @return names and values
   */
  public Map<String, String> env() {
    return process.env();
  }

  /**
   * The working directory in the container.
   *
   * @return an absolute path; {@code /} by default
   */
  public String cwd() {
    return process.cwd();
  }

  /**
   * The root file system; {@link LayeredRootfs#host()} by default.
   *
   * @return the file system, or empty if the mount namespace is not an own one
   */
  public Optional<LayeredRootfs> rootfs() {
    return rootfs == null && namespaces.mount() instanceof Namespace.Own
        ? Optional.of(LayeredRootfs.host())
        : Optional.ofNullable(rootfs);
  }

  /**
   * What is in the root file system besides its layers.
   *
   * @return the mounts, in the order in which they were added; none by default
   */
  public List<Mount> mounts() {
    return mounts;
  }

  /**
   * What is hidden besides the usual parts of {@code /proc} and {@code /sys}.
   *
   * @return absolute paths; none by default
   */
  public List<String> maskedPaths() {
    return maskedPaths;
  }

  /**
   * What is read-only besides the usual parts of {@code /proc}.
   *
   * @return absolute paths; none by default
   */
  public List<String> readOnlyPaths() {
    return readOnlyPaths;
  }

  /**
   * Directories that the container writes in, whatever its root is.
   *
   * @return absolute paths; none by default
   */
  public List<String> volumes() {
    return volumes;
  }

  /**
   * Whether the working directory is made if it is not there.
   *
   * @return false by default
   */
  public boolean makesCwd() {
    return makesCwd;
  }

  /**
   * The namespaces; all own by default, but for the clocks.
   *
   * @return the choices
   */
  public Namespaces namespaces() {
    return namespaces;
  }

  /**
   * The host name inside.
   *
   * @return the name, or empty for the container's id, or for the host's name if the UTS namespace
   *     is not an own one
   */
  public Optional<String> hostname() {
    return Optional.ofNullable(hostname);
  }

  /**
   * The NIS domain name inside.
   *
   * @return the name, or empty to leave it as it is
   */
  public Optional<String> domainname() {
    return Optional.ofNullable(domainname);
  }

  /**
   * Whether the command runs under a tiny init, which is process 1: it takes the end of orphans,
   * hands signals on to the command, and ends with it, and everything with the init. Without one
   * the command is process 1 itself.
   *
   * @return true for an init; false by default
   */
  public boolean init() {
    return init;
  }

  /**
   * What {@link ContainerProcess#stop} sends.
   *
   * @return the signal; SIGTERM by default
   */
  public Signal stopSignal() {
    return stopSignal;
  }

  /**
   * What the container may use of the host, and that it is counted: it gets cgroups of its own
   * then, below {@link RuntimeOptions#cgroupParent()}.
   *
   * @return the limits, or empty for none, which is the default: then the container is in the
   *     cgroups of the JVM, and there are no {@link ContainerHandle#stats()}
   */
  public Optional<CgroupLimits> limits() {
    return Optional.ofNullable(limits);
  }

  /**
   * Where standard input comes from; {@link Stdio#PIPE} by default.
   *
   * @return the choice
   */
  public Stdio stdin() {
    return process.stdin();
  }

  /**
   * Where standard output leads; {@link Stdio#PIPE} by default.
   *
   * @return the choice
   */
  public Stdio stdout() {
    return process.stdout();
  }

  /**
   * Where standard error leads; {@link Stdio#PIPE} by default.
   *
   * @return the choice
   */
  public Stdio stderr() {
    return process.stderr();
  }

  /**
   * How long the container may run, counted from the return of {@link ContainerRuntime#start}.
   *
   * @return the time, or empty for no limit
   */
  public Optional<Duration> timeout() {
    return process.timeout();
  }

  /**
   * Who runs the first process; {@link User#root()} by default.
   *
   * @return the container's user
   */
  public User user() {
    return process.user();
  }

  /**
   * What the first process may have of root's power; {@link Capabilities#defaults()} by default.
   *
   * @return the capabilities
   */
  public Capabilities capabilities() {
    return process.capabilities();
  }

  /** Describes a container. Not for several threads at once. */
  public static final class Builder {
    private ProcessSpec.Builder process = ProcessSpec.builder();
    private @Nullable String name;
    private @Nullable LayeredRootfs rootfs;
    private final List<Mount> mounts = new ArrayList<>();
    private final List<String> maskedPaths = new ArrayList<>();
    private final List<String> readOnlyPaths = new ArrayList<>();
    private final Set<String> volumes = new LinkedHashSet<>();
    private boolean makesCwd;
    private Namespaces namespaces = Namespaces.builder().build();
    private @Nullable String hostname;
    private @Nullable String domainname;
    private boolean init;
    private Signal stopSignal = Signal.TERM;
    private @Nullable CgroupLimits limits;

    private Builder() {}

    /**
     * What people know the container by; none by default.
     *
     * @param value 1 to 63 letters, digits, {@code _}, {@code .} and {@code -} that begin with a
     *     letter or digit
     * @return this
     */
    public Builder name(String value) {
      name = value;
      return this;
    }

    /**
     * Changes what was said so far of the first process; {@link #command}, {@link #env} and others
     * here are shorter ways to the same.
     *
     * @param change what to change
     * @return this
     */
    public Builder process(Consumer<ProcessSpec.Builder> change) {
      change.accept(process);
      return this;
    }

    /**
     * The program and its arguments; needed. Behind an {@link #entrypoint}, the arguments of that.
     *
     * @param words at least one without an entrypoint, without NUL
     * @return this
     */
    public Builder command(String... words) {
      return command(List.of(words));
    }

    /**
     * The program and its arguments; needed. Behind an {@link #entrypoint}, the arguments of that.
     *
     * @param words at least one without an entrypoint, without NUL
     * @return this
     */
    public Builder command(List<String> words) {
      process.command(words);
      return this;
    }

    /**
     * The first words of the command: see {@link ProcessSpec.Builder#entrypoint(String...)}.
     *
     * @param words none for no entrypoint; without NUL
     * @return this
     */
    public Builder entrypoint(String... words) {
      process.entrypoint(words);
      return this;
    }

    /**
     * Adds a variable to the environment, or replaces it.
     *
     * @param name without {@code =} and NUL, not empty
     * @param value without NUL
     * @return this
     */
    public Builder env(String name, String value) {
      process.env(name, value);
      return this;
    }

    /**
     * Adds variables to the environment, or replaces them; {@code env(System.getenv())} inherits
     * the JVM's.
     *
     * @param variables names and values
     * @return this
     */
    public Builder env(Map<String, String> variables) {
      process.env(variables);
      return this;
    }

    /**
     * The working directory; {@code /} by default.
     *
     * @param directory an absolute path in the container
     * @return this
     */
    public Builder cwd(String directory) {
      process.cwd(directory);
      return this;
    }

    /**
     * Makes the working directory if it is not there, as the container's root, with mode 0755, in
     * the root file system, or does not, which is the default. Nothing is made in what is mounted
     * there, nor if the path has {@code ..} in it.
     *
     * @param choice true to make it; needs an own mount namespace
     * @return this
     */
    public Builder makeCwd(boolean choice) {
      makesCwd = choice;
      return this;
    }

    /**
     * Adds directories that the container writes in, whatever its root is: what Docker makes an
     * anonymous volume of. They are private to the container and vanish with it, or stay with its
     * write layer: in a root with a write layer they are a part of that, and made if they are not
     * there. In a read-only root each is an empty {@link Mount#tmpfs} that programs can be executed
     * in. Where a mount of the spec is at such a path or above it, that is used, and nothing is
     * done for the volume. Needs an own mount namespace.
     *
     * @param paths absolute paths in the container; {@code /proc}, {@code /sys} and {@code /dev}
     *     are refused as for a {@link Mount}
     * @return this
     */
    public Builder volumes(String... paths) {
      volumes.addAll(List.of(paths));
      return this;
    }

    /**
     * The root file system; {@link LayeredRootfs#host()} by default.
     *
     * @param value which
     * @return this
     */
    public Builder rootfs(LayeredRootfs value) {
      rootfs = value;
      return this;
    }

    /**
     * Adds mounts; they need an own mount namespace.
     *
     * @param more what to mount
     * @return this
     */
    public Builder mount(Mount... more) {
      mounts.addAll(List.of(more));
      return this;
    }

    /**
     * Hides more: a directory is empty and read-only, and a file has nothing in it. What is not
     * there is left out. Needs an own mount namespace.
     *
     * <p>A path in a writable {@link Mount#bind} is hidden only as long as nobody who has the same
     * directory elsewhere moves it.
     *
     * @param paths absolute paths in the container, without {@code .}, {@code ..} and empty parts
     * @return this
     */
    public Builder maskedPaths(String... paths) {
      maskedPaths.addAll(List.of(paths));
      return this;
    }

    /**
     * Makes more read-only, with all that is mounted below. What is not there is left out. Needs an
     * own mount namespace.
     *
     * @param paths absolute paths in the container, without {@code .}, {@code ..} and empty parts
     * @return this
     */
    public Builder readOnlyPaths(String... paths) {
      readOnlyPaths.addAll(List.of(paths));
      return this;
    }

    /**
     * The namespaces; all own by default, but for the clocks.
     *
     * @param value the choices
     * @return this
     */
    public Builder namespaces(Namespaces value) {
      namespaces = value;
      return this;
    }

    /**
     * Changes the choice of namespaces made so far.
     *
     * @param change what to change
     * @return this
     * @throws InvalidSpecException if the choices do not fit together
     */
    public Builder namespaces(Consumer<Namespaces.Builder> change) {
      Namespaces.Builder builder = namespaces.toBuilder();
      change.accept(builder);
      namespaces = builder.build();
      return this;
    }

    /**
     * The host name inside; the container's id by default.
     *
     * @param name 1 to 64 bytes of letters, digits, {@code -} and {@code .}
     * @return this
     */
    public Builder hostname(String name) {
      hostname = name;
      return this;
    }

    /**
     * The NIS domain name inside.
     *
     * @param name 1 to 64 bytes of letters, digits, {@code -} and {@code .}
     * @return this
     */
    public Builder domainname(String name) {
      domainname = name;
      return this;
    }

    /**
     * Runs the command under a tiny init, or not, which is the default.
     *
     * @param choice true for an init
     * @return this
     */
    public Builder init(boolean choice) {
      init = choice;
      return this;
    }

    /**
     * What {@link ContainerProcess#stop} sends; SIGTERM by default.
     *
     * @param signal which
     * @return this
     */
    public Builder stopSignal(Signal signal) {
      stopSignal = signal;
      return this;
    }

    /**
     * What the container may use of the host; it gets cgroups of its own, also for {@link
     * CgroupLimits#none()}.
     *
     * @param value the limits
     * @return this
     */
    public Builder limits(CgroupLimits value) {
      limits = value;
      return this;
    }

    /**
     * Changes the limits set so far, none at first; the container gets cgroups of its own.
     *
     * @param change what to change
     * @return this
     * @throws InvalidSpecException if a limit is out of range, or they do not fit together
     */
    public Builder limits(Consumer<CgroupLimits.Builder> change) {
      CgroupLimits.Builder builder = limits == null ? CgroupLimits.builder() : limits.toBuilder();
      change.accept(builder);
      limits = builder.build();
      return this;
    }

    /**
     * Where standard input comes from.
     *
     * @param choice which
     * @return this
     */
    public Builder stdin(Stdio choice) {
      process.stdin(choice);
      return this;
    }

    /**
     * Where standard output leads.
     *
     * @param choice which
     * @return this
     */
    public Builder stdout(Stdio choice) {
      process.stdout(choice);
      return this;
    }

    /**
     * Where standard error leads.
     *
     * @param choice which
     * @return this
     */
    public Builder stderr(Stdio choice) {
      process.stderr(choice);
      return this;
    }

    /**
     * Lets the three standard streams be a pseudo-terminal: see {@link
     * ProcessSpec.Builder#terminal}.
     *
     * @param size its first size, such as {@link Terminal#DEFAULT}
     * @return this
     */
    public Builder terminal(Terminal size) {
      process.terminal(size);
      return this;
    }

    /**
     * How long the container may run before it is killed; no limit by default.
     *
     * @param atMost more than zero
     * @return this
     */
    public Builder timeout(Duration atMost) {
      process.timeout(atMost);
      return this;
    }

    /**
     * Who runs the first process; {@link User#root()} by default.
     *
     * @param value the container's user
     * @return this
     */
    public Builder user(User value) {
      process.user(value);
      return this;
    }

    /**
     * Who runs the first process, as {@link User#parse} takes it.
     *
     * @param text such as {@code www-data} or {@code 1000:100}
     * @return this
     * @throws InvalidSpecException if it is of another form
     */
    public Builder user(String text) {
      process.user(text);
      return this;
    }

    /**
     * What the first process may have of root's power; {@link Capabilities#defaults()} by default.
     *
     * @param value the capabilities
     * @return this
     */
    public Builder capabilities(Capabilities value) {
      process.capabilities(value);
      return this;
    }

    /**
     * The spec as a value.
     *
     * @return the spec
     * @throws InvalidSpecException if something is missing or wrong; it names the field
     */
    public ContainerSpec build() {
      return new ContainerSpec(this);
    }
  }
}
