package io.jcontainer.linux.run;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.HostReport;
import io.jcontainer.Image;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LayerUsage;
import io.jcontainer.Namespace;
import io.jcontainer.PoolOptions;
import io.jcontainer.Prepared;
import io.jcontainer.ProcessSpec;
import io.jcontainer.PullPolicy;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.WriteLayer;
import io.jcontainer.linux.cgroup.Cgroup;
import io.jcontainer.linux.cgroup.CgroupDirectory;
import io.jcontainer.linux.cgroup.CgroupRecord;
import io.jcontainer.linux.cgroup.Cgroups;
import io.jcontainer.linux.cgroup.Monitors;
import io.jcontainer.linux.image.ImageHold;
import io.jcontainer.linux.image.ImageRoots;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.probe.HostProbe;
import io.jcontainer.linux.probe.IdMaps;
import io.jcontainer.linux.process.CgroupControl;
import io.jcontainer.linux.process.Guests;
import io.jcontainer.linux.process.Held;
import io.jcontainer.linux.process.Joinable;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.process.LinuxProcess;
import io.jcontainer.linux.process.NoCgroups;
import io.jcontainer.linux.process.OtherCgroups;
import io.jcontainer.linux.process.OtherContainer;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.rootfs.KernelFilesystems;
import io.jcontainer.linux.state.ContainerRecord;
import io.jcontainer.linux.state.FilesRecord;
import io.jcontainer.linux.state.Registry;
import io.jcontainer.linux.state.RunningProcess;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The runtime: the launcher's program, its threads, the watcher, and the containers alive. */
public final class LinuxRuntime implements ContainerRuntime, Guests, LinuxPool.Parking {
  private final LauncherBinary binary;
  private final LauncherThreads threads;
  private final UserNamespaces users;
  private final Watcher watcher;
  private final NetworkPool networks;
  private final RootPool prepared;
  private final HeldNamespaces held;
  private final ContainerStart starts;
  private final ExecStart execs;
  private final HostReporter reporter;
  private final Registry registry;
  private final Kernel kernel;
  private final HostFacts host;
  private final int uid;
  private final FileCopies copies;
  private final WriteLayers writes;
  private final RootCopies roots;
  private final ImageAccess images;
  private final Groups groups;
  private final Monitors monitors;
  private final StateDirectory state;
  private final Set<LinuxPool> pools = ConcurrentHashMap.newKeySet();
  private final LeakDetector leaks;
  private final Running running = new Running();

  /** What containers ask for further processes: this, or what users have of it. */
  private volatile WeakReference<Guests> user = new WeakReference<>(this);

  /** Makes one by these system calls. */
  public LinuxRuntime(Kernel kernel, RuntimeOptions options) {
    this(kernel, options, UnaryOperator.identity());
  }

  /**
   * The same.
   *
   * @param plans what becomes of each plan before it is compiled
   */
  public LinuxRuntime(Kernel kernel, RuntimeOptions options, UnaryOperator<Plan> plans) {
    this.kernel = kernel;
    leaks = new LeakDetector(options.leakDetection());
    host = HostProbe.look(kernel, KernelFilesystems.paths());
    uid = host.uid();
    state =
        options
            .stateDirectory()
            .map(path -> StateDirectory.at(path, host.uid()))
            .orElseGet(() -> StateDirectory.usual(host.uid(), System.getenv()));
    registry = new Registry(kernel, state, uid, Math.toIntExact(ProcessHandle.current().pid()));
    Undo undo = new Undo();
    try {
      binary = LauncherBinary.install(kernel, host.arch(), state);
      undo.push(binary::close);
      watcher = Watcher.start(kernel);
      undo.push(watcher::close);
      Launcher launcher = new Launcher(kernel, binary, host.arch(), plans);
      IdMaps idMaps = new IdMaps(host.uid(), host.gid());
      UserNamespaceMaker maker = new UserNamespaceMaker(kernel, launcher, idMaps);
      users = new UserNamespaces(kernel, host, maker, options.ids().orElse(null));
      ProcessStart processes = new ProcessStart(kernel, launcher, watcher);
      StateDirectory copied =
          options.copyDirectory().map(path -> StateDirectory.at(path, uid)).orElse(state);
      roots = new RootCopies(kernel, launcher, maker, copied, host.isRoot());
      images =
          new ImageAccess(
              () ->
                  ImageRoots.open(
                      kernel,
                      launcher,
                      options.imageDirectory().orElse(null),
                      options.imageLimits(),
                      host.isRoot() ? null : users::layerOwner,
                      watcher::after));
      RootForms forms = new RootForms(kernel, launcher, copied);
      monitors = new Monitors(kernel, watcher);
      groups =
          new Groups(kernel, new Cgroups(kernel, state, options, ContainerIds::next), monitors);
      networks = new NetworkPool(launcher, options.preparedNetworks(), System::nanoTime);
      prepared = new RootPool(kernel, launcher, options.preparedRoots(), System::nanoTime);
      held = new HeldNamespaces(watcher);
      starts =
          new ContainerStart(
              kernel, host, users, launcher, processes, forms, roots, networks, prepared, held,
              groups);
      execs = new ExecStart(kernel, host, launcher, processes, groups);
      reporter =
          new HostReporter(
              kernel,
              host,
              launcher,
              maker,
              idMaps,
              starts,
              () -> new Cgroups(kernel, state, options, ContainerIds::next));
      threads =
          new LauncherThreads(
              options.launchesAtOnce().orElseGet(Runtime.getRuntime()::availableProcessors),
              options.launchTimeout().orElse(null),
              watcher,
              this::comeBehind);
      copies = new FileCopies(kernel, launcher, threads, starts::files);
      writes =
          new WriteLayers(
              kernel, state, launcher, threads, users, starts::files, this::find, images);
    } catch (SyscallException e) {
      String hint = StartFailures.hint(e);
      ContainerException failure =
          new ContainerException(
              "a runtime cannot be made: " + e.getMessage() + (hint == null ? "" : ". " + hint), e);
      undo.runAfter(failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      undo.runAfter(e);
      throw e;
    }
  }

  /**
   * Behind a launch. What is made in advance only moves work: not while others wait for their turn,
   * whose launches it would make later. Nor does it matter to them how soon one end is told.
   */
  private void comeBehind() {
    boolean othersWait = threads.othersWait();
    starts.closeSpent(!othersWait);
    held.trim();
    if (!othersWait) {
      networks.refill();
      prepared.refill();
      groups.refill();
    }
  }

  @Override
  public Container start(ContainerSpec spec) {
    LeakDetector.Origin origin = leaks.here();
    try (FoundSpec found = find(spec)) {
      return unlessInterrupted(threads.call(() -> startListed(found, origin)));
    }
  }

  /** Waits in the caller's thread: an image from elsewhere keeps nobody from launching. */
  private FoundSpec find(ContainerSpec spec) {
    return ImageAccess.isImage(spec)
        ? threads.here(() -> images.find(spec))
        : new FoundSpec(spec, null);
  }

  @Override
  public CompletableFuture<Container> startAsync(ContainerSpec spec) {
    LeakDetector.Origin origin = leaks.here();
    if (!ImageAccess.isImage(spec)) {
      return submit(new FoundSpec(spec, null), origin);
    }
    CompletableFuture<ImageHold> image;
    try {
      requireOpen();
      image = images.request(spec);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    return new ImageWait(image, hold -> submit(images.found(spec, hold), origin)).begin();
  }

  private CompletableFuture<Container> submit(
      FoundSpec found, LeakDetector.@Nullable Origin origin) {
    AtomicBoolean begun = new AtomicBoolean(); // whoever sets it, closes what was found
    CompletableFuture<Container> start =
        threads.submit(
            () -> {
              if (!begun.compareAndSet(false, true)) {
                throw LauncherThreads.closed(); // told to nobody: it was given up
              }
              try (found) {
                return startListed(found, origin);
              }
            },
            Container::close);
    var unused =
        start.whenComplete(
            (container, failure) -> {
              if (begun.compareAndSet(false, true)) {
                found.close();
              }
            });
    return start;
  }

  /** Runs in a launcher thread: the runtime is not closed meanwhile. */
  private LinuxContainer startListed(FoundSpec found, LeakDetector.@Nullable Origin origin) {
    roots.sweep();
    groups.sweep();
    String id = groups.nextId(found.spec());
    try {
      LinuxContainer container = startListed(id, found, origin);
      keep(found, id, container::hold);
      return container;
    } catch (RuntimeException | Error e) {
      groups.withdraw(id);
      throw e;
    }
  }

  /** Holds an image's layers until the container has ended, or longer if it is looked at then. */
  private void keep(FoundSpec found, String id, Consumer<Runnable> untilEnd) {
    HeldFiles files = starts.files(id);
    Runnable giveBack = found.another()::close;
    if (files == null) {
      untilEnd.accept(giveBack);
    } else {
      files.atClose(giveBack);
    }
  }

  private LinuxContainer startListed(
      String id, FoundSpec found, LeakDetector.@Nullable Origin origin) {
    Registry.Entry entry = registry.enter(id, found.spec().name());
    try {
      LinuxContainer container = starts.start(id, found, user());
      orClose(
          container,
          () -> {
            publish(container, entry);
            list(container, entry, origin);
          });
      return container;
    } catch (RuntimeException | Error e) {
      entry.close();
      throw e;
    }
  }

  @Override
  public List<Path> sweep() {
    return threads.call(
        () -> {
          List<Path> swept = new ArrayList<>(registry.sweep());
          swept.addAll(roots.sweepNow());
          swept.addAll(groups.sweepNow());
          swept.addAll(FilesRecord.sweep(state));
          return List.copyOf(swept);
        });
  }

  @Override
  public LinuxPool pool(ContainerSpec spec, PoolOptions options) {
    LinuxPool pool = LinuxPool.open(this, host, spec, options);
    pools.add(pool);
    if (threads.isDraining()) { // close() may have missed it
      pool.close();
      throw LauncherThreads.closed();
    }
    return pool;
  }

  @Override
  public ContainerStart.Parked park(ContainerSpec spec) {
    try (FoundSpec found = find(spec)) {
      return threads.call(() -> park(found));
    }
  }

  private ContainerStart.Parked park(FoundSpec found) {
    ContainerStart.Parked parked = starts.park(found);
    keep(found, parked.id(), parked.process().child()::hold);
    return parked;
  }

  @Override
  public ContainerStart.Parked parkFirst(ContainerSpec spec) {
    try (FoundSpec found = find(spec)) {
      return threads.call(
          () -> {
            roots.sweep();
            groups.sweep();
            ContainerStart.Parked parked = park(found);
            starts.rehearse(parked);
            return parked;
          });
    }
  }

  @Override
  public Container start(ContainerSpec spec, LinuxPool.Next parked) {
    LeakDetector.Origin origin = leaks.here();
    LinuxContainer container = threads.here(() -> startListed(parked, spec, origin));
    return container == null ? start(spec) : unlessInterrupted(container);
  }

  /** The first that is still there; null if there is none. */
  private @Nullable LinuxContainer startListed(
      LinuxPool.Next parked, ContainerSpec spec, LeakDetector.@Nullable Origin origin) {
    for (ContainerStart.Parked next = parked.take(); next != null; next = parked.take()) {
      LinuxContainer container = startListed(next, spec, origin);
      if (container != null) {
        return container;
      }
    }
    return null;
  }

  private @Nullable LinuxContainer startListed(
      ContainerStart.Parked parked, ContainerSpec spec, LeakDetector.@Nullable Origin origin) {
    Registry.Entry entry;
    try {
      entry = registry.enter(parked.id(), spec.name());
    } catch (RuntimeException | Error e) {
      parked.close();
      throw e;
    }
    LinuxContainer container = null;
    try {
      container = starts.handOver(parked, spec, user(), it -> publish(it, entry));
      if (container != null) {
        LinuxContainer started = container;
        orClose(started, () -> list(started, entry, origin));
      }
      return container;
    } finally {
      if (container == null) {
        entry.close();
        parked.close();
      }
    }
  }

  /** A container that cannot be listed does not stay. */
  private static void orClose(LinuxContainer container, Runnable listing) {
    try {
      listing.run();
    } catch (RuntimeException | Error e) {
      try {
        container.close();
      } catch (RuntimeException | Error another) {
        e.addSuppressed(another);
      }
      throw e;
    }
  }

  private void publish(LinuxContainer container, Registry.Entry entry) {
    container.record(registry.owner()).ifPresent(entry::publish);
  }

  private void list(
      LinuxContainer container, Registry.Entry entry, LeakDetector.@Nullable Origin origin) {
    container.hold(entry::close);
    String id = container.id();
    running.add(container, origin, () -> starts.awaitGone(id));
    writes.publish(container, registry.owner());
  }

  @Override
  public void forget(LinuxPool pool) {
    pools.remove(pool);
  }

  @Override
  public LinuxProcess exec(Joinable container, ProcessSpec process) {
    LeakDetector.Origin origin = leaks.here();
    return unlessInterrupted(
        threads.call(
            () -> {
              LinuxProcess guest = execs.start(container, process);
              CompletableFuture<ExitStatus> end = guest.held().exit(); // which does not know it
              running.addGuest(guest, origin, () -> groups.await(end));
              return guest;
            }));
  }

  @Override
  public List<ContainerHandle> containers() {
    requireOpen();
    List<ContainerHandle> handles = new ArrayList<>();
    running.containers().stream()
        .filter(LinuxContainer::isAlive)
        .map(LinuxContainer::toHandle)
        .forEach(handles::add);
    for (ContainerRecord record : registry.others()) {
      handles.add(new OtherContainer(kernel, uid, record, user(), () -> cgroups(record)));
    }
    handles.sort(
        Comparator.comparing(ContainerHandle::startedAt).thenComparing(ContainerHandle::id));
    return List.copyOf(handles);
  }

  /** Those of another runtime's container, by what that has written down. */
  private CgroupControl cgroups(ContainerRecord record) {
    String name = "container " + record.id();
    List<CgroupDirectory> directories = CgroupRecord.find(kernel, state, record.id());
    if (directories.isEmpty()) {
      return new NoCgroups(name);
    }
    Supplier<Optional<Fd>> process =
        () -> RunningProcess.open(kernel, record.pid(), record.startTime());
    return new OtherCgroups(
        kernel,
        name,
        new Cgroup(kernel, record.id(), directories),
        monitors.ofOther(
            directories,
            record.pid(),
            !JoinedNamespaces.isOurs(Kind.NETWORK, Namespace.ofProcess(record.pid())),
            process),
        () -> {
          Optional<Fd> there = process.get();
          there.ifPresent(Fd::close);
          return there.isPresent();
        });
  }

  private static <P extends LinuxProcess> P unlessInterrupted(P started) {
    if (Thread.currentThread().isInterrupted()) {
      started.close();
      throw new ContainerInterruptedException(
          "interrupted while " + started + " started; it is closed", new InterruptedException());
    }
    return started;
  }

  @Override
  public void copyTo(Joinable container, Path source, String target) {
    copies.copyTo(container, source, target);
  }

  @Override
  public void copyFrom(Joinable container, String source, Path target) {
    copies.copyFrom(container, source, target);
  }

  @Override
  public WriteLayer writeLayer(Joinable container) {
    return writes.of(container);
  }

  @Override
  public WriteLayer writeLayer(ContainerSpec spec) {
    requireOpen();
    return writes.of(spec);
  }

  @Override
  public LaunchPlan plan(ContainerSpec spec) {
    try (FoundSpec found = find(spec)) {
      return threads.call(() -> starts.plan(found));
    }
  }

  @Override
  public Image image(String reference, PullPolicy policy) {
    return threads.here(() -> images.image(reference, policy));
  }

  @Override
  public Image unpack(String reference, PullPolicy policy) {
    return threads.here(() -> images.unpack(reference, policy));
  }

  /**
   * What a module knows that the API does not.
   *
   * @param handle is not garbage as long as what is returned is in use
   */
  <T> T extension(Class<T> type, Object handle) {
    return threads.here(() -> images.extension(type, handle));
  }

  @Override
  public int pruneLayers() {
    return threads.here(images::prune);
  }

  @Override
  public LayerUsage layerUsage() {
    return threads.here(images::usage);
  }

  @Override
  public HostReport host() {
    return threads.call(() -> reporter.report(user()));
  }

  /** Whom its containers are to ask from now on: it has what users have of this. */
  void belongsTo(Guests handle) {
    user = new WeakReference<>(handle);
  }

  /** Only users can ask, so that what they have is there. */
  private Guests user() {
    Guests handle = user.get();
    return handle == null ? this : handle;
  }

  /** Whether somebody has begun to close it. */
  boolean isClosed() {
    return threads.isDraining();
  }

  @Override
  public Prepared prepared() {
    requireOpen();
    return new Prepared(networks.look(), prepared.look(), groups.look());
  }

  private void requireOpen() {
    if (threads.isDraining()) {
      throw LauncherThreads.closed();
    }
  }

  /** The threads go last: their children would die with them, unobserved. */
  @Override
  public void close() {
    close(Held::close);
  }

  /** The same for one that nobody has any more: consumers of lines are not waited for. */
  void abandon() {
    close(Held::abandon);
  }

  private void close(Consumer<Held> how) {
    boolean first = threads.refuse();
    images.refuse();
    threads.drain();
    if (!first) {
      return;
    }
    pools.forEach(LinuxPool::close);
    running.killAll();
    running.closeAll(how);
    held.close();
    networks.close();
    prepared.close();
    roots.close();
    images.close();
    groups.close();
    registry.close();
    watcher.close();
    users.close();
    binary.close();
    threads.close();
  }

  /**
   * The same at the end of the JVM, which gives back all that is not told here. Nobody is waited
   * for that may be waiting for the end of the JVM: a consumer of lines, or what depends on the end
   * of a container, can have asked for it.
   */
  void closeAtExit() {
    threads.refuse();
    images.refuse();
    pools.forEach(LinuxPool::killAll);
    running.killAll();
    if (!watcher.isTelling()) {
      threads.drain();
      running.killAll();
      running.closeAll(Held::abandon);
      roots.close();
      groups.close();
    }
    registry.close();
  }
}
