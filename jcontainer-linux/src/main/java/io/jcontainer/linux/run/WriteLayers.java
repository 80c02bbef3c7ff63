package io.jcontainer.linux.run;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.WriteLayer;
import io.jcontainer.linux.copy.LayerStack;
import io.jcontainer.linux.copy.LayerWalk;
import io.jcontainer.linux.image.LayerLocks;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.process.Joinable;
import io.jcontainer.linux.process.Joining;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.process.OtherContainer;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootForm;
import io.jcontainer.linux.rootfs.RootSteps;
import io.jcontainer.linux.state.FilesRecord;
import io.jcontainer.linux.state.RunningProcess;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what containers have written: of this runtime and others, and what was kept. */
final class WriteLayers {
  private static final Logger LOG = LoggerFactory.getLogger(WriteLayers.class);

  private final Kernel kernel;
  private final StateDirectory state;
  private final Launcher launcher;
  private final LauncherThreads threads;
  private final UserNamespaces users;
  private final AtomicBoolean swept = new AtomicBoolean();
  private final Function<String, @Nullable HeldFiles> held;
  private final Function<ContainerSpec, FoundSpec> find;
  private final ImageAccess images;

  WriteLayers(
      Kernel kernel,
      StateDirectory state,
      Launcher launcher,
      LauncherThreads threads,
      UserNamespaces users,
      Function<String, @Nullable HeldFiles> held,
      Function<ContainerSpec, FoundSpec> find,
      ImageAccess images) {
    this.kernel = kernel;
    this.state = state;
    this.launcher = launcher;
    this.threads = threads;
    this.users = users;
    this.held = held;
    this.find = find;
    this.images = images;
  }

  /** Lets other JVMs know where the files of a container lie, until it is closed. */
  void publish(LinuxContainer container, int owner) {
    HeldFiles files = held.apply(container.id());
    LaunchRequest request = container.request();
    LayeredRootfs rootfs = request.spec().rootfs().orElse(null);
    if (files == null || rootfs == null || !(request.form() instanceof RootForm.Overlay)) {
      return;
    }
    try {
      if (swept.compareAndSet(false, true)) {
        FilesRecord.sweep(state);
      }
      record(request, rootfs, files.scratch(), owner).write(state, container.id());
    } catch (UncheckedIOException e) {
      LOG.debug("other runtimes cannot look at what container {} writes", container.id(), e);
      return;
    }
    files.atClose(() -> FilesRecord.remove(state, container.id()));
  }

  private static FilesRecord record(
      LaunchRequest request, LayeredRootfs rootfs, @Nullable Fd scratch, int owner) {
    FilesRecord.Identity identity = new FilesRecord.Identity(0, 0);
    if (scratch != null) {
      try {
        identity = FilesRecord.Identity.of(scratch);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new FilesRecord(
        owner,
        RunningProcess.startTime(owner).orElse(0),
        scratch == null ? -1 : scratch.number(),
        identity.device(),
        identity.inode(),
        rootfs.keptIn().orElse(null),
        rootfs.layers(),
        request.idmapLayers(),
        request.root(),
        rootfs.isHost() ? List.of() : RootSteps.mountPoints(rootfs),
        rootfs.image().orElse(null),
        rootfs.imageDigest().orElse(null));
  }

  /** A container's. */
  WriteLayer of(Joinable container) {
    return new FoundWriteLayer(
        () -> {
          if (container instanceof LinuxContainer own) {
            return open(own);
          }
          return open((OtherContainer) container);
        },
        images);
  }

  /** What is kept. */
  WriteLayer of(ContainerSpec spec) {
    LayeredRootfs rootfs = layers(spec);
    if (rootfs.keptIn().isEmpty()) {
      throw new InvalidSpecException(
          "rootfs", "no write layer is kept: writableIn() names a directory");
    }
    return new FoundWriteLayer(() -> openKept(spec), images);
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
    FoundSpec found = images.ready(request.spec());
    if (found == null) { // the container held it to its end
      throw new ContainerGoneException(container + " is closed");
    }
    try {
      return new FoundWriteLayer.Opened(walk(container, rootfs), found, null);
    } catch (RuntimeException | Error e) {
      found.close();
      throw e;
    }
  }

  private LayerWalk walk(LinuxContainer container, LayeredRootfs rootfs) {
    LaunchRequest request = container.request();
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
              request.root(),
              mountPoints(rootfs));
      // An agent dies with the thread that has started it; these live as long as the runtime.
      return threads.call(() -> LayerWalk.open(launcher, stack));
    }
  }

  /** One of another JVM, which holds what is needed. */
  private FoundWriteLayer.Opened open(OtherContainer container) {
    FilesRecord record =
        FilesRecord.read(state, container.id())
            .orElseThrow(
                () ->
                    new InvalidSpecException(
                        "rootfs",
                        container
                            + " is not inspectable, so that no path leads to its write layer: it has"
                            + " to be started with LayeredRootfs.inspectable()"));
    if (record.layers().isEmpty() && record.image() == null) {
      throw severalOverlays();
    }
    LayerLocks locks = record.image() == null ? null : lock(container, record);
    try {
      return new FoundWriteLayer.Opened(
          walk(container, record), new FoundSpec(spec(container, record), null), locks);
    } catch (RuntimeException | Error e) {
      if (locks != null) {
        locks.close();
      }
      throw e;
    }
  }

  /** Its JVM may give them up while they are looked at. */
  private LayerLocks lock(OtherContainer container, FilesRecord record) {
    try {
      LayerLocks locks = LayerLocks.of(kernel, launcher.arch(), record.layers());
      if (locks == null) {
        throw new ContainerGoneException(container + " is closed");
      }
      return locks;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private LayerWalk walk(OtherContainer container, FilesRecord record) {
    try (Joining joining = container.join(kernel)) {
      Fd scratch = null;
      if (record.scratch() >= 0) {
        scratch =
            record
                .openScratch(kernel, state, container.id())
                .orElseThrow(() -> new ContainerGoneException(container + " is closed"));
      }
      try {
        Path kept = record.kept();
        LayerStack stack =
            new LayerStack(
                scratch,
                kept == null ? null : kept.resolve(KeptDirectory.UPPER),
                record.layers(),
                joining.user(),
                joining.door(),
                record.idmapped(),
                record.root(),
                Set.copyOf(record.mountPoints()));
        return threads.call(() -> LayerWalk.open(launcher, stack));
      } finally {
        if (scratch != null) {
          scratch.close();
        }
      }
    }
  }

  private static ContainerSpec spec(OtherContainer container, FilesRecord record) {
    String image = record.image();
    String digest = record.digest();
    LayeredRootfs rootfs =
        image == null || digest == null
            ? LayeredRootfs.layers(record.layers())
            : LayeredRootfs.image(image).found(digest, record.layers());
    return ContainerSpec.builder()
        .rootfs(rootfs)
        .command(container.command().toArray(String[]::new))
        .build();
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
                          found.root().in(user.placement()),
                          mountPoints(rootfs)));
                }
              });
      return new FoundWriteLayer.Opened(walk, found, null);
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
      throw severalOverlays();
    }
    return rootfs;
  }

  private static InvalidSpecException severalOverlays() {
    return new InvalidSpecException(
        "rootfs",
        "the host's programs are several overlays, of which no layer can be made: name directories");
  }
}
