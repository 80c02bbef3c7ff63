package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNS;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT_SETTID;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_VM;
import static io.jcontainer.linux.plan.Flag.Clone.SIGCHLD;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.LayeredRootfs.Fallback;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.copy.OwnedDirectory;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.namespace.UserNamespace;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.probe.JvmProbes;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootForm;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.rootfs.OverlayTrial;
import io.jcontainer.linux.rootfs.Volumes;
import io.jcontainer.linux.state.RootDirectory;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what layers become. An overlay is tried only where the spec allows something else, once
 * for each set of layers.
 */
final class RootForms {
  private static final Logger LOG = LoggerFactory.getLogger(RootForms.class);
  private static final int O_RDWR = 2;
  private static final int MOST_TRIED = 1_000;
  private static final String WORKS = "";
  private static final String UNMAPPED = "a layer cannot be mounted with the container's ids";

  /** What says nothing about overlays, and may be otherwise the next time. */
  private static final Set<String> PASSING =
      Set.of(
          Errno.EBUSY.name(),
          Errno.ENOMEM.name(),
          Errno.ENOSPC.name(),
          Errno.EMFILE.name(),
          Errno.ENFILE.name());

  private final Kernel kernel;
  private final Launcher launcher;
  private final StateDirectory state;
  private final Optional<Path> server = JvmProbes.fuseOverlayfsProgram();
  private final Cache<List<Object>, String> tried =
      CacheBuilder.newBuilder().maximumSize(MOST_TRIED).build();

  RootForms(Kernel kernel, Launcher launcher, StateDirectory state) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.state = state;
  }

  /**
   * What the layers become.
   *
   * @param why there is no overlay, for those who look at a plan; empty if there is one
   */
  record Choice(RootForm form, Optional<String> why) {
    private static final Choice OVERLAY = new Choice(new RootForm.Overlay(), Optional.empty());

    /** What the JVM does before the launcher is there. */
    List<LaunchPlan.Step> steps(ContainerSpec spec) {
      if (form instanceof RootForm.Overlay) {
        return List.of();
      }
      String layers =
          spec.rootfs().orElseThrow().layers().stream()
              .map(Path::toString)
              .collect(Collectors.joining("\", \"", "[\"", "\"]"));
      String call =
          form instanceof RootForm.Copy copy
              ? "copy(%s, \"%s\")".formatted(layers, copy.directory())
              : "fuse-overlayfs(%s)".formatted(layers);
      return List.of(
          new LaunchPlan.Step(Actor.JVM, call, "instead of an overlay: " + why.orElseThrow()));
    }
  }

  /**
   * Chooses.
   *
   * @param request for an overlay
   * @param descriptors those of the user namespace
   */
  Choice choose(LaunchRequest request, List<Fd> descriptors) {
    Choice choice = choice(request, descriptors, true);
    choice.why().ifPresent(why -> LOG.info("{} instead of an overlay: {}", choice.form(), why));
    return choice;
  }

  /**
   * The same for a plan only: the directory of writableIn(), which is not made yet, is taken for
   * one that can be written in.
   */
  Choice foresee(LaunchRequest request, List<Fd> descriptors) {
    return choice(request, descriptors, false);
  }

  private Choice choice(LaunchRequest request, List<Fd> descriptors, boolean made) {
    LayeredRootfs rootfs = request.spec().rootfs().orElse(null);
    if (rootfs == null || rootfs.fallbacks().isEmpty()) {
      return Choice.OVERLAY;
    }
    Path kept = rootfs.keptIn().orElse(null);
    if (kept != null && Files.isDirectory(kept.resolve(KeptDirectory.COPY))) {
      return copied(request, kept, "the directory was begun with a copy");
    }
    if (kept != null && isUsed(kept.resolve(KeptDirectory.UPPER), descriptors)) {
      return overlay(request, rootfs); // what lies there means something to an overlay only
    }
    String problem =
        made || kept == null
            ? problem(request, rootfs, descriptors)
            : problem(inMemory(request, rootfs), rootfs.writable(), descriptors);
    if (problem.equals(WORKS)) {
      return Choice.OVERLAY;
    }
    if (kept == null && rootfs.fallbacks().contains(Fallback.FUSE_OVERLAYFS)) {
      LaunchRequest served = request.with(new RootForm.Served());
      if (servingProblem(served, rootfs, descriptors).equals(WORKS)) {
        return new Choice(served.form(), Optional.of(problem));
      }
    }
    return rootfs.fallbacks().contains(Fallback.COPY)
        ? copied(request, kept, problem)
        : overlay(request, rootfs); // which says itself why it cannot be had
  }

  private static Choice overlay(LaunchRequest request, LayeredRootfs rootfs) {
    if (cannotChange(request, rootfs)) {
      throw new HostUnsupportedException(
          "a write layer on " + rootfs.layers(),
          UNMAPPED + ", and nothing else that the spec allows can be had",
          null);
    }
    return Choice.OVERLAY;
  }

  /** Whether its root would own nothing of what is in the layers. */
  private static boolean cannotChange(LaunchRequest request, LayeredRootfs rootfs) {
    return request.entersUser(Order.LAST) && !request.idmapLayers() && !rootfs.isReadOnly();
  }

  /** Starts the server of an overlay. */
  ServedOverlay serve(LaunchRequest request, List<Fd> descriptors) {
    return ServedOverlay.start(
        kernel,
        launcher,
        server.orElseThrow(),
        request,
        request.spec().rootfs().orElseThrow(),
        descriptors);
  }

  private String servingProblem(LaunchRequest request, LayeredRootfs rootfs, List<Fd> descriptors) {
    if (server.isEmpty()) {
      return "fuse-overlayfs is not installed";
    }
    List<Object> key = key(request, rootfs);
    String known = tried.getIfPresent(key);
    if (known != null) {
      return known;
    }
    String problem = WORKS;
    try {
      LaunchRequest alone = request.alone();
      ServedOverlay served = serve(alone, descriptors);
      try {
        served.tryOut(launcher, alone, rootfs, descriptors);
      } finally {
        served.release();
      }
    } catch (StartFailedException e) {
      problem = e.step().call() + ": " + e.errno();
      LOG.info("there is no fuse-overlayfs: {}", problem);
    }
    tried.put(key, problem);
    return problem;
  }

  private static List<Object> key(LaunchRequest request, LayeredRootfs rootfs) {
    return List.of(
        rootfs.layers(),
        rootfs.isReadOnly(),
        rootfs.keptIn(),
        !request.spec().mounts().isEmpty() || Volumes.needed(request.spec()),
        request.user(),
        request.idmapLayers(),
        request.form());
  }

  private Choice copied(LaunchRequest request, @Nullable Path kept, String why) {
    Path copy =
        kept == null ? RootDirectory.copyOf(state, request.id()) : kept.resolve(KeptDirectory.COPY);
    return new Choice(new RootForm.Copy(copy), Optional.of(why));
  }

  private static LaunchRequest inMemory(LaunchRequest request, LayeredRootfs rootfs) {
    return request.with(request.spec().toBuilder().rootfs(rootfs.writable()).build());
  }

  private boolean isUsed(Path upper, List<Fd> descriptors) {
    try (Stream<Path> entries = Files.list(upper)) {
      return entries.findAny().isPresent();
    } catch (NoSuchFileException e) {
      return false;
    } catch (AccessDeniedException e) { // it is the container's, which may keep us out
      return !OwnedDirectory.isEmpty(launcher, descriptors.get(0), upper);
    } catch (IOException e) {
      throw new InvalidSpecException("rootfs", upper + " cannot be read: " + e.getMessage());
    }
  }

  private String problem(LaunchRequest request, LayeredRootfs rootfs, List<Fd> descriptors) {
    if (cannotChange(request, rootfs)) {
      return UNMAPPED;
    }
    Optional<String> impossible = OverlayTrial.cannotBe(rootfs);
    if (impossible.isPresent()) {
      return impossible.get();
    }
    List<Object> key = key(request, rootfs);
    String known = tried.getIfPresent(key);
    if (known != null) {
      return known;
    }
    try {
      attempt(request, rootfs, descriptors);
    } catch (StartFailedException e) {
      String call = e.step().call();
      boolean overlays = call.startsWith("mount(\"overlay\"") || e.errno().equals(Errno.EIO.name());
      if (!overlays || PASSING.contains(e.errno())) {
        return WORKS; // the start itself says it better
      }
      String problem = call + ": " + e.errno();
      tried.put(key, problem);
      return problem;
    }
    tried.put(key, WORKS);
    return WORKS;
  }

  private void attempt(LaunchRequest request, LayeredRootfs rootfs, List<Fd> descriptors) {
    Steps steps = new Steps();
    UserNamespace.enterFirst(request, steps);
    steps
        .add(
            new Step.Leave(
                Calls.clone(
                        List.of(CLONE_VM, CLONE_PARENT, CLONE_PARENT_SETTID, CLONE_NEWNS, SIGCHLD),
                        Reports.PID)
                    .why("a process that tries the overlay")))
        .add(Calls.dieWithParent(), "not without the JVM")
        .add(Reports.ready(), "tells the JVM our pid");
    OverlayTrial.add(request, rootfs, steps);
    steps.add(Reports.done(), "it works");
    Program program = launcher.compile(steps.toPlan(), ContainerIds.PLACEHOLDER);
    try (Fd nothing = kernel.open("/dev/null", O_RDWR)) {
      launcher.begin(program, List.of(nothing, nothing, nothing), descriptors).awaitDone();
    }
  }
}
