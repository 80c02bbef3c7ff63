package io.jcontainer.cli;

import io.jcontainer.ByteSize;
import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.HostReport;
import io.jcontainer.Image;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LayerUsage;
import io.jcontainer.PoolOptions;
import io.jcontainer.Prepared;
import io.jcontainer.PullPolicy;
import io.jcontainer.WriteLayer;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageUnpacker;
import io.jcontainer.spi.ExtendedRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A runtime that starts nothing: it notes what it is asked for, and answers what it is told to. */
final class FakeRuntime implements ExtendedRuntime {
  static final LaunchPlan PLAN =
      new LaunchPlan(
          List.of(new LaunchPlan.Step(LaunchPlan.Actor.JVM, "getpid()", "to have a step")));

  final List<ContainerSpec> started = new ArrayList<>();
  final List<ContainerSpec> planned = new ArrayList<>();
  final List<FakeContainer> containers = new ArrayList<>();
  ExitStatus exit = ExitStatus.exited(0);
  @Nullable ContainerException failure;
  HostReport host = new HostReport(Map.of(), List.of());
  final List<FakeHandle> handles = new ArrayList<>();
  Optional<Image> image = Optional.empty();
  final List<ContainerSpec> kept = new ArrayList<>();
  int prunable;
  LayerUsage usage = new LayerUsage(0, 0, Set.of(), ByteSize.ofBytes(0), ByteSize.ofBytes(0));
  int prunes;
  Optional<ImageStore> store = Optional.empty();
  final List<Digest> taken = Collections.synchronizedList(new ArrayList<>());
  final List<Descriptor> unpacked = new ArrayList<>();
  final List<String> asked = new ArrayList<>();
  List<String> unenforced = List.of();
  List<Path> swept = List.of();
  boolean closed;

  @Override
  public Container start(ContainerSpec spec) {
    started.add(spec);
    if (failure != null) {
      throw failure;
    }
    FakeContainer container = new FakeContainer(spec, exit, unenforced);
    containers.add(container);
    return container;
  }

  @Override
  public CompletableFuture<Container> startAsync(ContainerSpec spec) {
    throw new AssertionError("the command waits for what it starts");
  }

  @Override
  public ContainerPool pool(ContainerSpec spec, PoolOptions options) {
    throw new AssertionError("not asked for");
  }

  @Override
  public LaunchPlan plan(ContainerSpec spec) {
    planned.add(spec);
    return PLAN;
  }

  @Override
  public Image image(String reference, PullPolicy policy) {
    if (policy != PullPolicy.NEVER) {
      throw new AssertionError("the command pulls by itself, and shows that");
    }
    asked.add(reference);
    return image.orElseThrow();
  }

  @Override
  public Image unpack(String reference, PullPolicy policy) {
    if (policy != PullPolicy.NEVER) {
      throw new AssertionError("the command pulls by itself, and shows that");
    }
    asked.add(reference);
    return image.orElseThrow();
  }

  @Override
  public <T> T extension(Class<T> type) {
    ImageUnpacker unpacker =
        loader -> unpacked.addAll(loader.load(store.orElseThrow(), this::take));
    return type.cast(unpacker);
  }

  private void take(ImageConfig config, int index, Descriptor layer, InputStream tar)
      throws IOException {
    tar.transferTo(OutputStream.nullOutputStream());
    taken.add(layer.digest());
  }

  @Override
  public int pruneLayers() {
    prunes++;
    return prunable;
  }

  @Override
  public LayerUsage layerUsage() {
    return usage;
  }

  @Override
  public HostReport host() {
    return host;
  }

  @Override
  public List<ContainerHandle> containers() {
    return List.copyOf(handles);
  }

  @Override
  public WriteLayer writeLayer(ContainerSpec spec) {
    kept.add(spec);
    return handles.get(0);
  }

  @Override
  public List<Path> sweep() {
    return swept;
  }

  @Override
  public Prepared prepared() {
    return new Prepared(
        new Prepared.Networks(0, 0, 0, 0, Optional.empty()),
        new Prepared.Roots(0, 0, 0, 0, 0, Optional.empty()),
        new Prepared.Cgroups(0, 0, 0, 0, Optional.empty()));
  }

  @Override
  public void close() {
    closed = true;
  }
}
