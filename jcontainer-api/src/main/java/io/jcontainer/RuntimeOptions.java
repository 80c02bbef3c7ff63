package io.jcontainer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a runtime works on its host. The defaults suit nearly everyone.
 *
 * @since 0.1.0
 */
public final class RuntimeOptions {
  private static final int MOST_PREPARED = 64;
  private static final int PREPARED_ROOTS = 8;
  private static final int PREPARED_CGROUPS = 8;

  private final @Nullable IdMapping ids;
  private final @Nullable Path stateDirectory;
  private final @Nullable Path copyDirectory;
  private final @Nullable Path imageDirectory;
  private final ImageLimits imageLimits;
  private final @Nullable Integer launchesAtOnce;
  private final @Nullable Duration launchTimeout;
  private final int preparedNetworks;
  private final int preparedRoots;
  private final int preparedCgroups;
  private final boolean leakDetection;
  private final boolean closesAtExit;
  private final @Nullable String cgroupParent;
  private final boolean cgroupDelegation;

  /** What is set, until it is a value. */
  private static final class Draft {
    private @Nullable IdMapping ids;
    private @Nullable Path stateDirectory;
    private @Nullable Path copyDirectory;
    private @Nullable Path imageDirectory;
    private ImageLimits imageLimits = ImageLimits.defaults();
    private @Nullable Integer launchesAtOnce;
    private @Nullable Duration launchTimeout;
    private int preparedNetworks =
        Math.min(32, Math.max(8, Runtime.getRuntime().availableProcessors()));
    private int preparedRoots = PREPARED_ROOTS;
    private int preparedCgroups = PREPARED_CGROUPS;
    private boolean leakDetection = true;
    private boolean closesAtExit = true;
    private @Nullable String cgroupParent;
    private boolean cgroupDelegation;
  }

  private RuntimeOptions(Draft draft) {
    ids = draft.ids;
    stateDirectory = draft.stateDirectory;
    copyDirectory = draft.copyDirectory;
    imageDirectory = draft.imageDirectory;
    imageLimits = draft.imageLimits;
    launchesAtOnce = draft.launchesAtOnce;
    launchTimeout = draft.launchTimeout;
    preparedNetworks = draft.preparedNetworks;
    preparedRoots = draft.preparedRoots;
    preparedCgroups = draft.preparedCgroups;
    leakDetection = draft.leakDetection;
    closesAtExit = draft.closesAtExit;
    cgroupParent = draft.cgroupParent;
    cgroupDelegation = draft.cgroupDelegation;
  }

  private RuntimeOptions with(Consumer<Draft> change) {
    Draft draft = new Draft();
    draft.ids = ids;
    draft.stateDirectory = stateDirectory;
    draft.copyDirectory = copyDirectory;
    draft.imageDirectory = imageDirectory;
    draft.imageLimits = imageLimits;
    draft.launchesAtOnce = launchesAtOnce;
    draft.launchTimeout = launchTimeout;
    draft.preparedNetworks = preparedNetworks;
    draft.preparedRoots = preparedRoots;
    draft.preparedCgroups = preparedCgroups;
    draft.leakDetection = leakDetection;
    draft.closesAtExit = closesAtExit;
    draft.cgroupParent = cgroupParent;
    draft.cgroupDelegation = cgroupDelegation;
    change.accept(draft);
    return new RuntimeOptions(draft);
  }

  /**
   * All defaults.
   *
   * @return the options
   */
  public static RuntimeOptions defaults() {
    return new RuntimeOptions(new Draft());
  }

  /**
   * Sets the ids of the user namespace that the runtime makes for its containers.
   *
   * @param mapping the ids
   * @return new options
   */
  public RuntimeOptions withIds(IdMapping mapping) {
    return with(draft -> draft.ids = mapping);
  }

  /**
   * Sets where the runtime keeps what must lie in a file.
   *
   * @param directory an absolute path; made with mode 0700 if absent, refused if it belongs to
   *     another user or is open to others
   * @return new options
   * @throws InvalidSpecException if the path is relative
   */
  public RuntimeOptions withStateDirectory(Path directory) {
    if (!directory.isAbsolute()) {
      throw new InvalidSpecException("stateDirectory", directory + " is not an absolute path");
    }
    return with(draft -> draft.stateDirectory = directory);
  }

  /**
   * Sets where the copies lie that are roots of containers, see {@link
   * LayeredRootfs.Fallback#COPY}. Each runtime with the same directory removes from it what a
   * killed JVM has left.
   *
   * @param directory an absolute path; made with mode 0700 if absent, refused if it belongs to
   *     another user or is open to others; on a file system that is not mounted noexec, or nosuid
   *     if set-user-id programs are to work
   * @return new options
   * @throws InvalidSpecException if the path is relative
   */
  public RuntimeOptions withCopyDirectory(Path directory) {
    if (!directory.isAbsolute()) {
      throw new InvalidSpecException("copyDirectory", directory + " is not an absolute path");
    }
    return with(draft -> draft.copyDirectory = directory);
  }

  /**
   * Sets where images lie: those that were pulled, loaded or built, and their layers, unpacked. Any
   * number of runtimes and JVMs of one user can share it.
   *
   * @param directory an absolute path; made with mode 0700 if absent; with the first image, one
   *     that can be written or replaced by others is refused; on a file system that can be an
   *     overlay's layer, such as ext4, XFS or Btrfs
   * @return new options
   * @throws InvalidSpecException if the path is relative
   */
  public RuntimeOptions withImageDirectory(Path directory) {
    if (!directory.isAbsolute()) {
      throw new InvalidSpecException("imageDirectory", directory + " is not an absolute path");
    }
    return with(draft -> draft.imageDirectory = directory);
  }

  /**
   * Sets how much of an image is taken when it is pulled and when its layers are unpacked. What is
   * more is refused, with the first start that needs it; {@link ImageLimits#defaults()} by default.
   *
   * @param limits for each image; {@link ImageLimits#entries} is for archives, which a runtime does
   *     not read
   * @return new options
   */
  public RuntimeOptions withImageLimits(ImageLimits limits) {
    return with(draft -> draft.imageLimits = limits);
  }

  /**
   * Sets how many launches are under way at once; all others wait for their turn, in the order in
   * which they came. A launch is what {@link ContainerRuntime#start}, {@link Container#exec} and
   * the beginning of a copy do: from the first call until the command runs. It has a thread of the
   * runtime's, which stays until the runtime is closed. More than there are processors helps where
   * a launch waits for a disk, such as for directories that are to be read first.
   *
   * @param launches from 1 to 1,000
   * @return new options
   * @throws InvalidSpecException if it is out of range
   */
  public RuntimeOptions withLaunchesAtOnce(int launches) {
    if (launches < 1 || launches > 1_000) {
      throw new InvalidSpecException("launchesAtOnce", launches + " is not from 1 to 1,000");
    }
    return with(draft -> draft.launchesAtOnce = launches);
  }

  /**
   * Sets how long a launch may wait for its turn, see {@link #withLaunchesAtOnce}; then it fails
   * with a {@link LaunchTimeoutException}. A launch whose turn has come is not stopped.
   *
   * @param longest more than zero; measured on a clock that stands still while the host is
   *     suspended
   * @return new options
   * @throws InvalidSpecException if it is zero or less
   */
  public RuntimeOptions withLaunchTimeout(Duration longest) {
    if (longest.isZero() || longest.isNegative()) {
      throw new InvalidSpecException("launchTimeout", longest + " is not more than zero");
    }
    return with(draft -> draft.launchTimeout = longest);
  }

  /**
   * Sets how many network namespaces the runtime keeps ready for containers to come. Each takes
   * about 50 KiB of the kernel's memory, and a start that finds one need not wait for its own.
   *
   * @param count 0 to 64; 0 for none: no process is kept for it then, either
   * @return new options
   * @throws InvalidSpecException if the count is out of range
   */
  public RuntimeOptions withPreparedNetworks(int count) {
    requirePreparable("preparedNetworks", count);
    return with(draft -> draft.preparedNetworks = count);
  }

  /**
   * Sets how many root file systems the runtime keeps ready for containers to come that begin with
   * the same layers, mounts and ids as two before them. It makes a template for them, and a process
   * for each template, of which there are at most four. A start that finds a root file system need
   * not wait for most of its mounts.
   *
   * @param count 0 to 64, of each template; 0 for none: there are no templates then, either
   * @return new options
   * @throws InvalidSpecException if the count is out of range
   */
  public RuntimeOptions withPreparedRoots(int count) {
    requirePreparable("preparedRoots", count);
    return with(draft -> draft.preparedRoots = count);
  }

  /**
   * Sets how many cgroups the runtime keeps ready for containers with {@linkplain
   * ContainerSpec#limits() limits} to come. A start that finds one need not wait for the kernel to
   * make it, in each hierarchy.
   *
   * @param count 0 to 64; 0 for none
   * @return new options
   * @throws InvalidSpecException if the count is out of range
   */
  public RuntimeOptions withPreparedCgroups(int count) {
    requirePreparable("preparedCgroups", count);
    return with(draft -> draft.preparedCgroups = count);
  }

  private static boolean named(String part) {
    return !part.isEmpty() && !part.equals(".") && !part.equals("..") && part.indexOf('\n') < 0;
  }

  private static void requirePreparable(String field, int count) {
    if (count < 0 || count > MOST_PREPARED) {
      throw new InvalidSpecException(field, count + " is not from 0 to " + MOST_PREPARED);
    }
  }

  /**
   * Nothing is made in advance, and nothing goes on behind a start: for a program that starts one
   * container and ends.
   *
   * @return new options
   */
  public RuntimeOptions withoutPreparation() {
    return withPreparedNetworks(0).withPreparedRoots(0).withPreparedCgroups(0);
  }

  /**
   * Sets whether it is noticed that the JVM's garbage collector finds a container, a further
   * process, a pool or the runtime itself that nobody has closed and nobody can close any more.
   * Then a warning is logged, once for each, with the stack trace of where it was started, and it
   * is closed.
   *
   * <p>As long as somebody has the object, one of its streams, a handle from {@link
   * Container#toHandle}, or a future of its end that is not completed, it is not garbage. Switch
   * this off for containers that are started and left to themselves: they run on then until the
   * runtime is closed.
   *
   * @param on true by default; it costs about a microsecond for each start
   * @return new options
   */
  public RuntimeOptions withLeakDetection(boolean on) {
    return with(draft -> draft.leakDetection = on);
  }

  /**
   * Sets whether the runtime is closed when the JVM ends orderly, such as by {@link System#exit},
   * by SIGTERM, or with its last thread: by a shutdown hook, which kills all containers at once and
   * waits for them for at most five seconds. Shutdown hooks run side by side. Switch this off where
   * a hook of the program's own stops its containers in their own time, and closes the runtime.
   *
   * @param on true by default
   * @return new options
   */
  public RuntimeOptions withCloseAtExit(boolean on) {
    return with(draft -> draft.closesAtExit = on);
  }

  /**
   * Sets below which cgroup the containers that have {@linkplain ContainerSpec#limits() limits} get
   * theirs, in each hierarchy of cgroups that is used. It is made if it is not there.
   *
   * @param path absolute, from the root of the hierarchy as this JVM sees it in {@code
   *     /proc/self/cgroup}, such as {@code /containers}; or relative to the JVM's own cgroup
   * @return new options
   * @throws InvalidSpecException if it has a NUL, a newline, {@code .}, {@code ..} or an empty part
   */
  public RuntimeOptions withCgroupParent(String path) {
    ProcessRules.encodable("cgroupParent", path);
    String parts = path.startsWith("/") ? path.substring(1) : path;
    if (!path.equals("/")
        && !List.of(parts.split("/", -1)).stream().allMatch(RuntimeOptions::named)) {
      throw new InvalidSpecException(
          "cgroupParent",
          "\"" + path + "\" is not the path of a cgroup, such as /containers or containers");
    }
    return with(draft -> draft.cgroupParent = path);
  }

  /**
   * Sets whether the runtime may move the JVM's own process to a leaf of its cgroup, {@code
   * jcontainer-jvm-PID}, where that is needed: a cgroup of version 2 with processes in it cannot
   * hand on controllers ("no internal processes", cgroups(7)). The JVM moves with what it has
   * started; there must be no other processes in its cgroup. It moves back when the last of its
   * runtimes is closed.
   *
   * @param may false by default
   * @return new options
   */
  public RuntimeOptions withCgroupDelegation(boolean may) {
    return with(draft -> draft.cgroupDelegation = may);
  }

  /**
   * The ids of the runtime's user namespace.
   *
   * @return the mapping, or empty for the default: as root 65,536 ids from {@code /etc/subuid}'s
   *     entry for root, or from 1,879,048,192 if there is none; as an ordinary user its own id as 0
   *     and the first range of {@code /etc/subuid}, at most 65,536 ids, from 1 where newuidmap(1)
   *     works, else its own id alone
   */
  public Optional<IdMapping> ids() {
    return Optional.ofNullable(ids);
  }

  /**
   * Where the runtime keeps what must lie in a file.
   *
   * @return the directory, or empty for {@code $XDG_RUNTIME_DIR/jcontainer}, {@code
   *     /run/jcontainer} for root, or a directory of the user's below {@code java.io.tmpdir}
   */
  public Optional<Path> stateDirectory() {
    return Optional.ofNullable(stateDirectory);
  }

  /**
   * Where copies of layers lie.
   *
   * @return the directory, or empty for the state directory
   */
  public Optional<Path> copyDirectory() {
    return Optional.ofNullable(copyDirectory);
  }

  /**
   * Where images lie.
   *
   * @return the directory, or empty for {@code /var/lib/jcontainer} for root, {@code
   *     $XDG_DATA_HOME/jcontainer} or {@code ~/.local/share/jcontainer} for others
   */
  public Optional<Path> imageDirectory() {
    return Optional.ofNullable(imageDirectory);
  }

  /**
   * How much of an image is taken.
   *
   * @return the limits
   */
  public ImageLimits imageLimits() {
    return imageLimits;
  }

  /**
   * How many launches are under way at once.
   *
   * @return the number, or empty for the default: as many as the JVM has processors
   */
  public OptionalInt launchesAtOnce() {
    return launchesAtOnce == null ? OptionalInt.empty() : OptionalInt.of(launchesAtOnce);
  }

  /**
   * How long a launch may wait for its turn.
   *
   * @return the time, or empty for the default: for ever
   */
  public Optional<Duration> launchTimeout() {
    return Optional.ofNullable(launchTimeout);
  }

  /**
   * How many network namespaces are kept ready.
   *
   * @return the number; by default as many as the JVM has processors, but from 8 to 32
   */
  public int preparedNetworks() {
    return preparedNetworks;
  }

  /**
   * How many root file systems are kept ready of each template.
   *
   * @return the number; 8 by default
   */
  public int preparedRoots() {
    return preparedRoots;
  }

  /**
   * How many cgroups are kept ready.
   *
   * @return the number; 8 by default
   */
  public int preparedCgroups() {
    return preparedCgroups;
  }

  /**
   * Whether containers and runtimes that are garbage before they were closed are noticed.
   *
   * @return true by default
   */
  public boolean leakDetection() {
    return leakDetection;
  }

  /**
   * Whether the runtime is closed when the JVM ends orderly.
   *
   * @return true by default
   */
  public boolean closesAtExit() {
    return closesAtExit;
  }

  /**
   * Below which cgroup those of containers are.
   *
   * @return an absolute path, or one relative to the JVM's own cgroup; empty for the default: the
   *     JVM's own cgroup
   */
  public Optional<String> cgroupParent() {
    return Optional.ofNullable(cgroupParent);
  }

  /**
   * Whether the JVM's own process may be moved to a leaf of its cgroup.
   *
   * @return false by default
   */
  public boolean cgroupDelegation() {
    return cgroupDelegation;
  }
}
