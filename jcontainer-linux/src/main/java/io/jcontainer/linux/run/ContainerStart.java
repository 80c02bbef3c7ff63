package io.jcontainer.linux.run;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.cgroup.CgroupEntrance;
import io.jcontainer.linux.cgroup.Cgroups;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.process.CgroupControl;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.Guests;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.process.NoCgroups;
import io.jcontainer.linux.process.OwnCgroups;
import io.jcontainer.linux.process.Streams;
import io.jcontainer.linux.process.Words;
import io.jcontainer.linux.request.CgroupPlacement;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.request.RootForm;
import io.jcontainer.linux.request.SourceKind;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM does for a container, in order; {@link ProcessStart} goes on with it. Runs in a
 * launcher thread.
 */
final class ContainerStart {
  private final Kernel kernel;
  private final HostFacts host;
  private final UserNamespaces users;
  private final Launcher launcher;
  private final ProcessStart starts;
  private final RootForms forms;
  private final RootCopies copies;
  private final NetworkPool networks;
  private final RootPool roots;
  private final HeldNamespaces held;
  private final Groups groups;
  private final Map<String, HeldFiles> files = new ConcurrentHashMap<>();
  private final Queue<Spent> spent = new ConcurrentLinkedQueue<>();
  private final Queue<CgroupEntrance> entered = new ConcurrentLinkedQueue<>();
  private final Programs<ContainerSpec> programs;
  private final Programs<ContainerSpec> parkedPrograms;
  private final Templates lastTemplates = new Templates();

  ContainerStart(
      Kernel kernel,
      HostFacts host,
      UserNamespaces users,
      Launcher launcher,
      ProcessStart starts,
      RootForms forms,
      RootCopies copies,
      NetworkPool networks,
      RootPool roots,
      HeldNamespaces held,
      Groups groups) {
    this.kernel = kernel;
    this.host = host;
    this.users = users;
    this.launcher = launcher;
    this.starts = starts;
    this.forms = forms;
    this.copies = copies;
    this.networks = networks;
    this.roots = roots;
    this.held = held;
    this.groups = groups;
    this.programs = new Programs<>(launcher);
    this.parkedPrograms = new Programs<>(launcher);
  }

  /**
   * Starts a container.
   *
   * @param owner what the container asks of its runtime
   */
  LinuxContainer start(ContainerSpec spec, Guests owner) {
    return start(ContainerIds.next(), new FoundSpec(spec, null), owner);
  }

  /** The same with this id. */
  LinuxContainer start(String id, FoundSpec found, Guests owner) {
    ContainerSpec spec = found.spec();
    Map<Path, SourceKind> sources = MountSources.look(spec);
    try (UserNamespaces.Entry user = users.enter(spec);
        JoinedNamespaces joined = JoinedNamespaces.open(kernel, spec, user.descriptors())) {
      LaunchRequest asked = request(found, ContainerIds.PLACEHOLDER, user, joined, sources);
      PreparedNamespaces prepared = PreparedNamespaces.take(asked, user, networks, roots);
      boolean started = false;
      try {
        Fd kept = KeptDirectory.take(kernel, launcher, asked, user.namespace(), id);
        LinuxContainer container =
            start(prepared.of(asked), id, user, joined, prepared, owner, kept);
        started = true;
        spent.add(new Spent(id, prepared, container.held().exit()));
        return container;
      } finally {
        if (!started) {
          prepared.close();
        }
      }
    } catch (SyscallException e) {
      throw StartFailures.of(e);
    }
  }

  /**
   * The same.
   *
   * @param kept what stays open as long as the container runs; is closed if it does not start
   */
  private LinuxContainer start(
      LaunchRequest overlay,
      String id,
      UserNamespaces.Entry user,
      JoinedNamespaces joined,
      PreparedNamespaces prepared,
      Guests owner,
      @Nullable Fd kept) {
    ContainerSpec spec = overlay.spec();
    Undo undo = new Undo();
    if (kept != null) {
      undo.push(kept::close);
    }
    try {
      LaunchRequest formed = overlay.with(forms.choose(overlay, user.descriptors()).form());
      OwnCgroups group = groups.make(id, spec);
      if (group != null) {
        undo.push(group::remove);
      }
      RootResource root = root(id, formed, user);
      List<Fd> all = descriptors(user, joined, prepared);
      if (root != null) {
        undo.push(root::release);
        all.addAll(root.descriptors());
      }
      CgroupEntrance entrance = entrance(formed, group);
      undo.push(entrance::close);
      all.addAll(entrance.descriptors());
      LaunchRequest request = formed.with(entrance.placement());
      Program program = program(programs, request, () -> ContainerSteps.of(request)).named(id);
      ProcessStart.Started process =
          starts.start(
              program,
              id,
              request.process(),
              all,
              kin(spec, group),
              group,
              HeldFiles.fromStart(request));
      undo.push(() -> end(process.child(), process.streams()));
      HeldFiles held =
          HeldFiles.take(
              request, process.held(), prepared.made().get(Kind.MOUNT), user.descriptors());
      undo.forget();
      entered.add(entrance);
      CompletableFuture<ExitStatus> gone = process.child().exit();
      if (held != null) {
        files.put(id, held);
        gone = held.closedAfter(gone);
      }
      if (kept != null) {
        if (held == null) {
          process.child().hold(kept::close);
        } else {
          held.atClose(kept::close);
        }
      }
      if (group != null) {
        groups.removeAfter(id, process.child().exit(), group);
      }
      LinuxContainer container =
          new LinuxContainer(
              request, id, process.child(), process.streams(), owner, control(id, group));
      if (root != null) {
        root.started();
        copies.releaseAfter(id, gone, root);
      }
      return container;
    } catch (RuntimeException | Error e) {
      undo.runAfter(e);
      throw e;
    }
  }

  private static void end(Child child, Streams streams) {
    child.kill();
    child.exit().handle((status, failure) -> 0).join();
    streams.close();
  }

  private CgroupEntrance entrance(LaunchRequest request, @Nullable OwnCgroups group) {
    if (group == null) {
      return CgroupEntrance.inherited();
    }
    return group.entrance(clones(request), request.firstCgroup());
  }

  /**
   * Whether it can be cloned into its cgroup. It is the launcher who clones, as root inside: an
   * ordinary user's cgroups are not that one's if it is another user outside.
   */
  private static boolean clones(LaunchRequest request) {
    return !request.entersUser(Order.FIRST) || request.user().rootUid() == request.host().uid();
  }

  private static CgroupControl control(String id, @Nullable OwnCgroups group) {
    return group == null ? new NoCgroups("container " + id) : group;
  }

  private @Nullable RootResource root(String id, LaunchRequest request, UserNamespaces.Entry user) {
    return request.form() instanceof RootForm.Served
        ? forms.serve(request, user.descriptors())
        : copies.make(id, request, user.namespace());
  }

  /**
   * A container that waits for its last steps.
   *
   * @param cgroups its own
   * @param removal waits until what was made for it alone is removed, once it has ended
   */
  record Parked(
      LaunchRequest request,
      String id,
      ProcessStart.Waiting process,
      CgroupControl cgroups,
      Runnable removal) {

    /** Ends it, and waits until nothing is left. */
    void close() {
      process.close();
      removal.run();
    }
  }

  /**
   * Makes one, whose process is to be that of the spec, or one that differs in its last steps.
   * Takes nothing that was prepared: that is for those that somebody waits for.
   */
  Parked park(FoundSpec found) {
    ContainerSpec spec = found.spec();
    String id = ContainerIds.next();
    Map<Path, SourceKind> sources = MountSources.look(spec);
    try (UserNamespaces.Entry user = users.enter(spec);
        JoinedNamespaces joined = JoinedNamespaces.open(kernel, spec, user.descriptors())) {
      LaunchRequest overlay = request(found, ContainerIds.PLACEHOLDER, user, joined, sources);
      LaunchRequest formed = overlay.with(forms.choose(overlay, user.descriptors()).form());
      Undo undo = new Undo();
      try {
        OwnCgroups group = groups.make(id, spec);
        if (group != null) {
          undo.push(group::remove);
        }
        RootResource root = root(id, formed, user);
        List<Fd> descriptors = descriptors(user, joined, PreparedNamespaces.none());
        if (root != null) {
          undo.push(root::release);
          descriptors.addAll(root.descriptors());
        }
        LaunchRequest request;
        ProcessStart.Waiting process;
        try (CgroupEntrance entrance = entrance(formed, group)) {
          request = formed.with(entrance.placement());
          descriptors.addAll(entrance.descriptors());
          LaunchRequest whole = request;
          Program program =
              program(parkedPrograms, whole, () -> ContainerSteps.parked(whole)).named(id);
          process =
              starts.park(
                  program,
                  whole.process(),
                  descriptors,
                  kin(spec, group),
                  spec.init(),
                  group,
                  HeldFiles.fromParked(whole));
        }
        ProcessStart.Waiting waiting = process;
        undo.push(waiting::close);
        HeldFiles kept =
            HeldFiles.take(
                request, waiting.held(), waiting.mounts().orElse(null), user.descriptors());
        undo.forget();
        CompletableFuture<ExitStatus> gone = waiting.child().exit();
        if (kept != null) {
          files.put(id, kept);
          gone = kept.closedAfter(gone);
        }
        waiting.mounts().ifPresent(mounts -> held.hold(id, mounts, waiting.child().exit()));
        if (group != null) {
          groups.removeAfter(id, process.child().exit(), group);
        }
        if (root != null) {
          root.started();
          copies.releaseAfter(id, gone, root);
        }
        return new Parked(
            request.with(spec, id), id, process, control(id, group), () -> awaitGone(id));
      } catch (RuntimeException | Error e) {
        undo.runAfter(e);
        throw e;
      }
    } catch (SyscallException e) {
      throw StartFailures.of(e);
    }
  }

  /**
   * Finds out whether it could be started as the spec says that it was parked for.
   *
   * @throws io.jcontainer.StartFailedException if not; it has ended then
   */
  void rehearse(Parked parked) {
    ProcessStart.Waiting waiting = parked.process();
    Program last = waiting.launch().last(ContainerSteps.last(parked.request(), waiting.home()));
    try {
      waiting
          .launch()
          .rehearse(
              ContainerSteps.rehearsal(parked.request()),
              last,
              ContainerSteps.waiting(),
              waiting.child());
    } catch (SyscallException e) {
      parked.close();
      throw StartFailures.of(e);
    } catch (RuntimeException | Error e) {
      parked.close();
      throw e;
    }
  }

  /**
   * Starts one; in the caller's thread, for its parent is the one that has parked it.
   *
   * @param spec the one that it was parked for, or one that differs in its last steps
   * @param meanwhile what is done with it while it takes its last steps
   * @return null if it has ended before
   */
  @Nullable LinuxContainer handOver(
      Parked parked, ContainerSpec spec, Guests owner, Consumer<LinuxContainer> meanwhile) {
    LaunchRequest request = parked.request().with(inRootOf(parked, spec), parked.id());
    ProcessStart.Waiting waiting = parked.process();
    ProcessRequest process = request.process();
    Program last;
    try {
      if (!limit(parked, spec)) {
        waiting.close();
        return null;
      }
      Supplier<Plan> plan = () -> ContainerSteps.last(request, waiting.home());
      List<Object> key = List.of(waiting.launch().memory(), Templates.shape(process), spec.init());
      last =
          lastTemplates
              .of(key, () -> waiting.launch().template(plan.get()))
              .fill(Words.of(process, waiting.home()), plan);
    } catch (RuntimeException | Error e) { // it is too long, or cannot have these limits
      waiting.close();
      throw e;
    }
    return starts.handOver(
        waiting,
        parked.id(),
        process,
        last,
        started -> {
          LinuxContainer container =
              new LinuxContainer(
                  request,
                  parked.id(),
                  started.child(),
                  started.streams(),
                  owner,
                  parked.cgroups());
          meanwhile.accept(container);
          return container;
        });
  }

  /** The image of a parked container was found when that was made. */
  private static ContainerSpec inRootOf(Parked parked, ContainerSpec spec) {
    LayeredRootfs rootfs = parked.request().spec().rootfs().orElse(null);
    return rootfs == null || rootfs.image().isEmpty()
        ? spec
        : spec.toBuilder().rootfs(rootfs).build();
  }

  /** Gives it the limits of a start, if they differ; false if it has ended. */
  private static boolean limit(Parked parked, ContainerSpec spec) {
    if (spec.limits().equals(parked.request().spec().limits())) {
      return true;
    }
    try {
      spec.limits().ifPresent(parked.cgroups()::update);
      return true;
    } catch (ContainerGoneException e) {
      return false; // the next one may be there
    }
  }

  private static Program program(
      Programs<ContainerSpec> known, LaunchRequest request, Supplier<Plan> plan) {
    ProcessRequest process = request.process();
    return known.of(
        request.spec(),
        circumstances(request),
        () -> Templates.shape(request),
        () -> Words.of(process, UserLookup.home(process)),
        plan);
  }

  private static List<Object> circumstances(LaunchRequest request) {
    return List.of(
        request.user(),
        request.idmapLayers(),
        request.joined(),
        request.prepared(),
        request.sources(),
        request.form(),
        request.root(),
        request.cgroups());
  }

  /** What the start of a container has used of what was prepared. */
  private record Spent(String id, PreparedNamespaces prepared, CompletableFuture<ExitStatus> exit) {

    void close() {
      prepared.close();
    }

    void closeBut(HeldNamespaces held) {
      if (exit.isDone()) {
        close();
      } else {
        prepared.closeButMounts().ifPresent(mounts -> held.hold(id, mounts, exit));
      }
    }
  }

  /**
   * Closes what starts have used. Behind them: if the container has ended by then, these are the
   * last descriptors of its namespaces, and whoever closes them waits until the kernel has taken
   * them apart.
   *
   * @param hold whether the mount namespaces of those that go on are held until their ends
   */
  void closeSpent(boolean hold) {
    for (CgroupEntrance next = entered.poll(); next != null; next = entered.poll()) {
      next.close();
    }
    for (Spent next = spent.poll(); next != null; next = spent.poll()) {
      if (hold) {
        next.closeBut(held);
      } else {
        next.close();
      }
    }
  }

  /** What is held of a container's files; null if it is not inspectable, or closed. */
  @Nullable HeldFiles files(String id) {
    return files.get(id);
  }

  /** Waits until what a container that has ended had for itself is gone. */
  void awaitGone(String id) {
    HeldFiles inspected = files.remove(id);
    if (inspected != null) {
      inspected.close();
    }
    held.release(id);
    copies.await(id);
    groups.await(id);
  }

  /** In an own pid namespace all others die with process 1. */
  private static Child.Kin kin(ContainerSpec spec, @Nullable OwnCgroups group) {
    if (Kind.PID.isOwn(spec.namespaces())) {
      return Child.Kin.KERNELS;
    }
    if (group != null && !group.isEmpty()) {
      return Child.Kin.CGROUP;
    }
    return spec.init() ? Child.Kin.DESCENDANTS : Child.Kin.KERNELS;
  }

  /** What {@link #start} would do. */
  LaunchPlan plan(FoundSpec found) {
    ContainerSpec spec = found.spec();
    Map<Path, SourceKind> sources = MountSources.look(spec);
    try (UserNamespaces.Entry user = users.enter(spec);
        JoinedNamespaces joined = JoinedNamespaces.open(kernel, spec, user.descriptors())) {
      LaunchRequest overlay =
          PreparedNamespaces.look(
              request(found, ContainerIds.EXAMPLE, user, joined, sources), user, networks, roots);
      RootForms.Choice choice = forms.foresee(overlay, user.descriptors());
      LaunchRequest formed = overlay.with(choice.form());
      List<LaunchPlan.Step> steps = new ArrayList<>(choice.steps(spec));
      Optional<Cgroups.Plan> cgroups = groups.plan(ContainerIds.EXAMPLE, spec);
      cgroups.ifPresent(plan -> steps.addAll(plan.steps()));
      CgroupPlacement placement =
          cgroups
              .map(
                  plan ->
                      CgroupEntrance.placement(
                          plan.directories(), clones(formed), formed.firstCgroup()))
              .orElse(CgroupPlacement.INHERITED);
      steps.addAll(ContainerSteps.of(formed.with(placement)).describe());
      return new LaunchPlan(steps);
    } catch (SyscallException e) {
      throw StartFailures.of(e);
    }
  }

  private LaunchRequest request(
      FoundSpec found,
      String id,
      UserNamespaces.Entry user,
      JoinedNamespaces joined,
      Map<Path, SourceKind> sources) {
    ContainerSpec spec = found.spec();
    users.requireIdmappedMounts(spec, user);
    return new LaunchRequest(
            spec,
            id,
            host,
            user.placement(),
            users.idmapLayers(spec, user),
            joined.numbers(),
            sources)
        .with(found.root().in(user.placement()));
  }

  private static List<Fd> descriptors(
      UserNamespaces.Entry user, JoinedNamespaces joined, PreparedNamespaces prepared) {
    List<Fd> descriptors = new ArrayList<>(user.descriptors());
    descriptors.addAll(joined.descriptors());
    descriptors.addAll(prepared.descriptors());
    return descriptors;
  }
}
