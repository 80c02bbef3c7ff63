package io.jcontainer.linux.run;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.WriteLayer;
import io.jcontainer.linux.copy.LayerStack;
import io.jcontainer.linux.copy.LayerWalk;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.process.Joinable;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootForm;
import io.jcontainer.linux.rootfs.RootSteps;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds what containers have written: of this runtime and others, and what was kept. */
final class WriteLayers {
  private final Launcher launcher;
  private final LauncherThreads threads;
  private final UserNamespaces users;
  private final Function<String, @Nullable HeldFiles> held;
  private final Function<ContainerSpec, FoundSpec> find;

  WriteLayers(
      Launcher launcher,
      LauncherThreads threads,
      UserNamespaces users,
      Function<String, @Nullable HeldFiles> held,
      Function<ContainerSpec, FoundSpec> find) {
    this.launcher = launcher;
    this.threads = threads;
    this.users = users;
    this.held = held;
    this.find = find;
  }

  /** A container's. */
  WriteLayer of(Joinable container) {
    return new FoundWriteLayer(
        () -> {
          if (container instanceof LinuxContainer own) {
            return open(own);
          }
          throw new InvalidSpecException(
              "rootfs", container + " is another JVM's, which alone can look at its write layer");
        });
  }

  /** What is kept. */
  WriteLayer of(ContainerSpec spec) {
    LayeredRootfs rootfs = layers(spec);
    if (rootfs.keptIn().isEmpty()) {
      throw new InvalidSpecException(
          "rootfs", "no write layer is kept: writableIn() names a directory");
    }
    return new FoundWriteLayer(() -> openKept(spec));
  }

  private FoundWriteLayer.Opened open(LinuxContainer container) {
    LaunchRequest request = container.request();
    LayeredRootfs rootfs = layers(request.spec());
    if (!(request.form() instanceof RootForm.Overlay)) {
      throw new InvalidSpecException(
          "rootfs",
          "there was no overlay for it, so that there is no write layer: what the container has is "
              + request.form());
    }
    if (rootfs.keptIn().isPresent() || rootfs.isReadOnly()) {
      return openKept(request.spec());
    }
    if (!rootfs.isInspectable()) {
      throw new InvalidSpecException(
          "rootfs",
          "it is not inspectable, so that no path leads to its write layer: use"
              + " LayeredRootfs.inspectable()");
    }
    HeldFiles files = held.apply(container.id());
    HeldFiles.Copy copy = files == null ? null : files.open().orElse(null);
    if (copy == null) {
      throw new ContainerGoneException(container + " is closed");
    }
    try (copy) {
      LayerStack stack =
          new LayerStack(
              copy.scratch(),
              null,
              rootfs.layers(),
              request.user(),
              copy.users().isEmpty() ? null : copy.users().get(0),
              request.idmapLayers(),
              mountPoints(rootfs));
      // An agent dies with the thread that has started it; these live as long as the runtime.
      LayerWalk walk = threads.call(() -> LayerWalk.open(launcher, stack));
      return new FoundWriteLayer.Opened(walk, new FoundSpec(request.spec(), null));
    }
  }

  /** One in a directory of the host, or none. */
  private FoundWriteLayer.Opened openKept(ContainerSpec spec) {
    FoundSpec found = find.apply(spec);
    LayeredRootfs rootfs = layers(found.spec());
    Path upper = rootfs.keptIn().map(path -> path.resolve(KeptDirectory.UPPER)).orElse(null);
    try {
      LayerWalk walk =
          threads.call(
              () -> {
                try (UserNamespaces.Entry user = users.enter(spec)) {
                  return LayerWalk.open(
                      launcher,
                      new LayerStack(
                          null,
                          upper,
                          rootfs.layers(),
                          user.placement(),
                          user.namespace(),
                          users.idmapLayers(found.spec(), user),
                          mountPoints(rootfs)));
                }
              });
      return new FoundWriteLayer.Opened(walk, found);
    } catch (RuntimeException | Error e) {
      found.close();
      throw e;
    }
  }

  private static Set<String> mountPoints(LayeredRootfs rootfs) {
    return Set.copyOf(RootSteps.mountPoints(rootfs));
  }

  private static LayeredRootfs layers(ContainerSpec spec) {
    LayeredRootfs rootfs =
        spec.rootfs()
            .orElseThrow(
                () -> new InvalidSpecException("rootfs", "there is none, and so no write layer"));
    if (rootfs.isHost()) {
      throw new InvalidSpecException(
          "rootfs",
          "the host's programs are several overlays, of which no layer can be made: name"
              + " directories");
    }
    return rootfs;
  }
}
