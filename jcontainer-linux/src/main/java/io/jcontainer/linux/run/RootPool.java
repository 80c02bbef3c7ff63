package io.jcontainer.linux.run;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Prepared;
import io.jcontainer.Propagation;
import io.jcontainer.Terminal;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Supply;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.SourceKind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.rootfs.PreparedRoot;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mount namespaces with a root file system, made in advance: {@link PreparedRoot}. Those of one
 * template serve all containers that begin with the same root file system and mounts, one each.
 *
 * <p>A template is made behind the second start that could have used one, since most specs that are
 * used twice are used often. It is thrown away as soon as a start finds that it would not see what
 * a new one would: when a directory or file in it has become another one, or when anything was
 * mounted or unmounted on the host.
 */
final class RootPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RootPool.class);
  private static final int O_RDONLY = 0;

  /** How many there are at once; each is a process. */
  private static final int MOST_TEMPLATES = 4;

  /** Of how many the pool remembers that they were asked for. */
  private static final int MOST_KNOWN = 32;

  private static final int WORTH_A_TEMPLATE = 2;

  private final Kernel kernel;
  private final Launcher launcher;
  private final int size;
  private final LongSupplier nanoTime;

  /** The one used last is the last. */
  private final LinkedHashMap<Key, Template> known = new LinkedHashMap<>(16, 0.75f, true);

  private @Nullable Fd mountTable;

  /** How often the host's mounts were found to have changed. */
  private int mountChanges;

  private long used;
  private long missed;
  private @Nullable String failure;

  /**
   * Makes nothing yet.
   *
   * @param size how many are kept of each template; 0 for none, and no templates
   */
  RootPool(Kernel kernel, Launcher launcher, int size, LongSupplier nanoTime) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.size = size;
    this.nanoTime = nanoTime;
  }

  /**
   * The layers of an image. While they are held they are the same directories, and the same list;
   * held again, they may be others.
   */
  private record Held(List<Path> layers) {
    @Override
    @SuppressWarnings("ReferenceEquality") // which is what is meant
    public boolean equals(@Nullable Object other) {
      return other instanceof Held held && layers == held.layers;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(layers);
    }
  }

  /** All that a template depends on but the host. */
  private record Key(
      Object layers,
      boolean readOnly,
      Optional<ByteSize> writeLayer,
      List<Mount> mounts,
      List<String> volumes,
      Optional<String> madeCwd,
      Optional<Terminal> terminal,
      UserPlacement user,
      boolean idmapLayers,
      Map<Path, SourceKind> sources) {

    static Key of(LaunchRequest request, LayeredRootfs rootfs) {
      return new Key(
          rootfs.image().isEmpty() ? rootfs.layers() : new Held(rootfs.layers()),
          rootfs.isReadOnly(),
          rootfs.writeLayer(),
          request.spec().mounts(),
          request.spec().volumes(),
          Optional.of(request.spec().cwd()).filter(cwd -> request.spec().makesCwd()),
          request.spec().process().terminal(),
          request.user(),
          request.idmapLayers(),
          request.sources());
    }

    /** A request that is equal for all starts that could use it. */
    LaunchRequest request(LaunchRequest start, LayeredRootfs rootfs) {
      ContainerSpec.Builder spec = ContainerSpec.builder().rootfs(rootfs).command("/");
      mounts.forEach(spec::mount);
      spec.volumes(volumes.toArray(new String[0]));
      madeCwd.ifPresent(cwd -> spec.cwd(cwd).makeCwd(true));
      terminal.ifPresent(spec::terminal);
      return new LaunchRequest(
              spec.build(),
              ContainerIds.PLACEHOLDER,
              start.host(),
              user,
              idmapLayers,
              Map.of(),
              sources)
          .with(start.root());
    }
  }

  /** Guarded by the pool. */
  private static final class Template {
    private final LaunchRequest request;
    private final List<Fd> descriptors;
    private final List<Path> paths;
    private final Orders orders;

    /** What was found at the paths before it was made. */
    private List<Optional<Object>> files = List.of();

    private int asked;
    private boolean wanted;
    private int mountChanges;
    private boolean hasServed;

    Template(LaunchRequest request, List<Fd> descriptors, Orders orders) {
      this.request = request;
      this.descriptors = descriptors;
      this.orders = orders;
      this.paths = PreparedRoot.sources(request).stream().map(Path::of).toList();
    }
  }

  /**
   * One for a container, which the caller closes; empty if none is ready that it could use.
   *
   * @param request the start's, as if nothing were prepared
   */
  Optional<Fd> take(LaunchRequest request, UserNamespaces.Entry user) {
    if (size == 0 || !canUse(request, user)) {
      return Optional.empty();
    }
    Template template = template(request, user);
    List<Optional<Object>> files = files(template.paths); // not with the lock: it may be slow
    synchronized (this) {
      Optional<Fd> root = take(template, files);
      if (root.isPresent()) {
        used++;
      } else {
        missed++;
      }
      return root;
    }
  }

  /** Whether {@link #take} would have one now. */
  boolean isReady(LaunchRequest request, UserNamespaces.Entry user) {
    if (size == 0 || !canUse(request, user)) {
      return false;
    }
    LayeredRootfs rootfs = request.spec().rootfs().orElseThrow();
    synchronized (this) {
      Template template = known.get(Key.of(request, rootfs));
      return template != null && template.orders.ready() > 0;
    }
  }

  /** What needs the host's namespaces, or what only one container can have, is not prepared. */
  private static boolean canUse(LaunchRequest request, UserNamespaces.Entry user) {
    ContainerSpec spec = request.spec();
    return user.owned().isEmpty()
        && spec.rootfs()
            .filter(rootfs -> rootfs.keptIn().isEmpty() && rootfs.fallbacks().isEmpty())
            .isPresent()
        && request.own(Kind.MOUNT)
        && request.own(Kind.PID)
        && !request.shared(Kind.NETWORK)
        && !request.shared(Kind.IPC)
        && spec.maskedPaths().isEmpty()
        && spec.mounts().stream().allMatch(RootPool::canUse);
  }

  private static boolean canUse(Mount mount) {
    return mount instanceof Mount.Tmpfs
        || (mount instanceof Mount.Bind bind && bind.propagation() == Propagation.PRIVATE);
  }

  private synchronized Template template(LaunchRequest request, UserNamespaces.Entry user) {
    LayeredRootfs rootfs = request.spec().rootfs().orElseThrow();
    Key key = Key.of(request, rootfs);
    Template template = known.get(key);
    if (template == null) {
      template =
          new Template(
              key.request(request, rootfs), user.descriptors(), new Orders(size, nanoTime));
      known.put(key, template);
      if (known.size() > MOST_KNOWN) {
        Iterator<Template> oldest = known.values().iterator();
        oldest.next().orders.end();
        oldest.remove();
      }
    }
    template.asked++;
    template.wanted = true;
    return template;
  }

  private Optional<Fd> take(Template template, List<Optional<Object>> files) {
    try {
      if (haveMountsChanged()) {
        mountChanges++;
        known.values().forEach(this::endStale);
      }
      if (template.orders.isServed() && !template.files.equals(files)) {
        endStale(template);
      }
      Optional<Fd> root = template.orders.take();
      if (root.isPresent()) {
        template.hasServed = true;
        failure = null;
      }
      return root;
    } catch (SyscallException e) {
      giveUp(template, e);
      return Optional.empty();
    }
  }

  /** Whether anything was mounted on the host, or unmounted, since this was asked last. */
  private boolean haveMountsChanged() {
    Fd table = mountTable;
    if (table == null) {
      mountTable = kernel.open("/proc/self/mountinfo", O_RDONLY);
      return true;
    }
    return kernel.mountsChanged(table);
  }

  /** What is at these paths; something that is equal only to itself, as long as it is there. */
  private static List<Optional<Object>> files(List<Path> paths) {
    List<Optional<Object>> files = new ArrayList<>(paths.size());
    for (Path path : paths) {
      Object file;
      try {
        file = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
      } catch (IOException e) {
        file = null; // the start will say so
      }
      files.add(Optional.ofNullable(file));
    }
    return files;
  }

  /** A moment's view. */
  synchronized Prepared.Roots look() {
    int templates = 0;
    int ready = 0;
    for (Template template : known.values()) {
      if (template.orders.isServed()) {
        templates++;
        ready += template.orders.ready();
      }
    }
    return new Prepared.Roots(size, templates, ready, used, missed, Optional.ofNullable(failure));
  }

  /**
   * Orders what is missing, and does not wait for it. To be called in a launcher thread, with which
   * the process dies that makes them, and behind a start: it may make a template, and waits for it.
   */
  void refill() {
    Template template = toBegin();
    if (template != null) {
      begin(template);
    }
    order();
  }

  /** What is to be begun now, by the caller; or null. */
  private synchronized @Nullable Template toBegin() {
    for (Template template : known.values()) {
      if (template.wanted && template.asked >= WORTH_A_TEMPLATE && template.orders.begin()) {
        template.mountChanges = mountChanges;
        return template;
      }
    }
    return null;
  }

  private void begin(Template template) {
    List<Optional<Object>> files =
        files(template.paths); // before it is made: it has these or newer
    Supply begun = null;
    RuntimeException refused = null;
    try {
      Steps first = new Steps();
      PreparedRoot.template(template.request, first);
      Steps each = new Steps();
      Slot made = PreparedRoot.make(template.request, each);
      begun = launcher.supply(first, template.descriptors, each, made);
    } catch (RuntimeException e) { // whatever it is: starts go on without
      refused = e;
    }
    synchronized (this) {
      template.orders.begun(begun);
      if (refused != null) {
        giveUp(template, refused);
        return;
      }
      if (!known.containsValue(template) || template.mountChanges != mountChanges) {
        template.orders.end(); // forgotten, or stale, before it was there
        return;
      }
      template.files = files;
      template.hasServed = false;
      endOldest();
    }
  }

  private void endOldest() {
    List<Template> made =
        known.values().stream().filter(template -> template.orders.isServed()).toList();
    made.subList(0, Math.max(0, made.size() - MOST_TEMPLATES))
        .forEach(oldest -> oldest.orders.end());
  }

  private synchronized void order() {
    for (Template template : known.values()) {
      if (template.orders.isServed() && template.wanted) {
        template.wanted = false;
        try {
          template.orders.fill();
        } catch (SyscallException e) {
          giveUp(template, e);
        }
      }
    }
  }

  /** For a while: what it was, whoever looks is told. */
  private void giveUp(Template template, RuntimeException e) {
    LOG.debug("no root file systems are made in advance", e);
    failure = e.getMessage();
    template.orders.rest();
    template.orders.end();
  }

  /** One that was stale before anybody could use it is not made anew at once: it may go on so. */
  private void endStale(Template template) {
    if (template.orders.isServed() && !template.hasServed) {
      template.orders.rest();
    }
    template.orders.end();
  }

  /** Ends the processes, and what they have made for nobody; no launcher thread is at work. */
  @Override
  public synchronized void close() {
    known.values().forEach(template -> template.orders.end());
    known.clear();
    if (mountTable != null) {
      mountTable.close();
      mountTable = null;
    }
  }
}
