package io.jcontainer.linux.run;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostReport;
import io.jcontainer.LaunchPlan;
import io.jcontainer.PoolOptions;
import io.jcontainer.Prepared;
import io.jcontainer.ProcessSpec;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.probe.HostProbe;
import io.jcontainer.linux.probe.IdMaps;
import io.jcontainer.linux.process.Joinable;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.process.LinuxProcess;
import io.jcontainer.linux.process.OtherContainer;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.rootfs.KernelFilesystems;
import io.jcontainer.linux.state.ContainerRecord;
import io.jcontainer.linux.state.Registry;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The runtime: the launcher's program, its threads, the watcher, and the containers alive. */
public final class LinuxRuntime
    implements ContainerRuntime, LinuxContainer.Host, LinuxPool.Parking {
  private final LauncherBinary binary;
  private final LauncherThreads threads;
  private final UserNamespaces users;
  private final Watcher watcher;
  private final NetworkPool networks;
  private final RootPool prepared;
  private final ContainerStart starts;
  private final ExecStart execs;
  private final HostReporter reporter;
  private final Registry registry;
  private final Kernel kernel;
  private final HostFacts host;
  private final int uid;
  private final FileCopies copies;
  private final RootCopies roots;
  private final Set<LinuxContainer> containers = ConcurrentHashMap.newKeySet();
  private final Set<LinuxPool> pools = ConcurrentHashMap.newKeySet();

  /** Processes that were started in containers that are there: of this runtime, and of others. */
  private final Set<LinuxProcess> guests = ConcurrentHashMap.newKeySet();

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
    host = HostProbe.look(kernel, KernelFilesystems.paths());
    uid = host.uid();
    StateDirectory state =
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
      RootForms forms = new RootForms(kernel, launcher, copied);
      networks = new NetworkPool(launcher, options.preparedNetworks(), System::nanoTime);
      prepared = new RootPool(kernel, launcher, options.preparedRoots(), System::nanoTime);
      starts =
          new ContainerStart(
              kernel, host, users, launcher, processes, forms, roots, networks, prepared);
      execs = new ExecStart(kernel, host, launcher, processes);
      reporter = new HostReporter(kernel, host, launcher, maker, idMaps, starts);
      threads =
          new LauncherThreads(
              options.launchesAtOnce().orElseGet(Runtime.getRuntime()::availableProcessors),
              options.launchTimeout().orElse(null),
              watcher,
              () -> {
                networks.refill();
                prepared.refill();
              });
      copies = new FileCopies(kernel, launcher, threads);
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

  @Override
  public Container start(ContainerSpec spec) {
    return unlessInterrupted(threads.call(() -> startListed(spec)));
  }

  @Override
  public CompletableFuture<Container> startAsync(ContainerSpec spec) {
    return threads.submit(() -> startListed(spec), Container::close);
  }

  /** Runs in a launcher thread: the runtime is not closed meanwhile. */
  private LinuxContainer startListed(ContainerSpec spec) {
    roots.sweep();
    String id = ContainerIds.next();
    Registry.Entry entry = registry.enter(id, spec.name());
    try {
      LinuxContainer container = starts.start(id, spec, this);
      publish(container, entry);
      list(container, entry);
      return container;
    } catch (RuntimeException | Error e) {
      entry.close();
      throw e;
    }
  }

  @Override
  public ContainerPool pool(ContainerSpec spec, PoolOptions options) {
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
    return threads.call(() -> starts.park(spec));
  }

  @Override
  public ContainerStart.Parked parkFirst(ContainerSpec spec) {
    return threads.call(
        () -> {
          roots.sweep();
          ContainerStart.Parked parked = starts.park(spec);
          starts.rehearse(parked);
          return parked;
        });
  }

  @Override
  public Container start(ContainerSpec spec, LinuxPool.Next parked) {
    LinuxContainer container = threads.here(() -> startListed(parked, spec));
    return container == null ? start(spec) : unlessInterrupted(container);
  }

  /** The first that is still there; null if there is none. */
  private @Nullable LinuxContainer startListed(LinuxPool.Next parked, ContainerSpec spec) {
    for (ContainerStart.Parked next = parked.take(); next != null; next = parked.take()) {
      LinuxContainer container = startListed(next, spec);
      if (container != null) {
        return container;
      }
    }
    return null;
  }

  private @Nullable LinuxContainer startListed(ContainerStart.Parked parked, ContainerSpec spec) {
    Registry.Entry entry;
    try {
      entry = registry.enter(parked.id(), spec.name());
    } catch (RuntimeException | Error e) {
      parked.close();
      throw e;
    }
    LinuxContainer container = null;
    try {
      container = starts.handOver(parked, spec, this, it -> publish(it, entry));
      if (container != null) {
        list(container, entry);
      }
      return container;
    } finally {
      if (container == null) {
        entry.close();
      }
    }
  }

  private void publish(LinuxContainer container, Registry.Entry entry) {
    container.record(registry.owner()).ifPresent(entry::publish);
  }

  private void list(LinuxContainer container, Registry.Entry entry) {
    container.hold(entry::close);
    containers.add(container);
  }

  @Override
  public void forget(LinuxPool pool) {
    pools.remove(pool);
  }

  @Override
  public LinuxProcess exec(Joinable container, ProcessSpec process) {
    LinuxProcess started =
        threads.call(
            () -> {
              LinuxProcess guest = execs.start(container, process);
              guests.add(guest);
              return guest;
            });
    var unused = started.onExit().whenComplete((exit, failure) -> guests.remove(started));
    return unlessInterrupted(started);
  }

  @Override
  public List<ContainerHandle> containers() {
    requireOpen();
    List<ContainerHandle> handles = new ArrayList<>();
    containers.stream()
        .filter(LinuxContainer::isAlive)
        .map(LinuxContainer::toHandle)
        .forEach(handles::add);
    for (ContainerRecord record : registry.others()) {
      handles.add(new OtherContainer(kernel, uid, record, this));
    }
    handles.sort(
        Comparator.comparing(ContainerHandle::startedAt).thenComparing(ContainerHandle::id));
    return List.copyOf(handles);
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
  public void forget(LinuxContainer container) {
    containers.remove(container);
    roots.await(container.id());
  }

  @Override
  public LaunchPlan plan(ContainerSpec spec) {
    return threads.call(() -> starts.plan(spec));
  }

  @Override
  public HostReport host() {
    return threads.call(() -> reporter.report(this));
  }

  @Override
  public Prepared prepared() {
    requireOpen();
    return new Prepared(networks.look(), prepared.look());
  }

  private void requireOpen() {
    if (threads.isDraining()) {
      throw LauncherThreads.closed();
    }
  }

  /** The threads go last: their children would die with them, unobserved. */
  @Override
  public void close() {
    if (!threads.drain()) {
      return;
    }
    pools.forEach(LinuxPool::close);
    containers.forEach(LinuxContainer::kill);
    guests.forEach(LinuxProcess::kill);
    containers.forEach(LinuxContainer::close);
    guests.forEach(LinuxProcess::close);
    networks.close();
    prepared.close();
    roots.close();
    registry.close();
    watcher.close();
    users.close();
    binary.close();
    threads.close();
  }
}
