package io.jcontainer.benchmarks;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ProcessSpec;
import io.jcontainer.RuntimeOptions;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a Java program can call: {@link ProcessBuilder}, and jcontainer in several ways. */
final class Ours implements AutoCloseable {
  private static final String DYNAMIC_TRUE = "/usr/bin/true";

  private final BenchDirectory directory;
  private @Nullable ContainerRuntime runtime;
  private @Nullable ContainerRuntime unprepared;

  Ours(BenchDirectory directory) {
    this.directory = directory;
  }

  /** Enters all of them. */
  void enter(Field field) throws InterruptedException {
    process(field, "process-builder", "no container", directory.staticTrue().toString());
    container(
        field,
        "jcontainer",
        "all defaults: the runtime's user namespace, overlay with a write layer, three pipes",
        () -> Specs.standard(directory));
    container(
        field,
        "jcontainer-read-only",
        "the same without a write layer, as the peers",
        () -> Specs.readOnly(directory));
    container(
        field,
        "jcontainer-limits",
        "the same as jcontainer with limits of memory, cpus and pids, in cgroups of its own",
        () -> Specs.limited(directory));
    container(
        field,
        "jcontainer-image",
        "the same as jcontainer of an image of ten layers, which is present",
        () -> Specs.image(directory));
    field.enter(
        "jcontainer-unprepared",
        () ->
            InJvm.container(
                "jcontainer-unprepared",
                "the same as jcontainer with RuntimeOptions.withoutPreparation()",
                unprepared(),
                Specs.standard(directory)));
    container(
        field,
        "jcontainer-own-userns",
        "the same as jcontainer with a user namespace for each container",
        () -> Specs.ownUserNamespace(directory));
    container(
        field,
        "jcontainer-null-stdio",
        "the same as jcontainer with /dev/null for all three streams",
        () -> Specs.nullStdio(directory));
    container(
        field,
        "jcontainer-host-rootfs",
        "LayeredRootfs.host(); the dynamic " + DYNAMIC_TRUE + ", see process-builder-dynamic",
        () -> Specs.hostRootfs(DYNAMIC_TRUE));
    container(
        field,
        "jcontainer-init",
        "the same as jcontainer under an init",
        () -> Specs.standard(directory).toBuilder().init(true).build());
    field.enter(
        "jcontainer-new-spec",
        () ->
            InJvm.newSpecs(
                "jcontainer-new-spec",
                "the same as jcontainer with a spec that is built anew each time, with another word",
                runtime(),
                word ->
                    Specs.standard(directory).toBuilder()
                        .command(BenchDirectory.COMMAND, word)
                        .build()));
    field.enter(
        "jcontainer-parked",
        () ->
            InJvm.parked(
                "jcontainer-parked",
                "the same as jcontainer from a pool, with arguments and environment of its own",
                runtime().pool(Specs.standard(directory))));
    field.enter(
        "jcontainer-parked-null-stdio",
        () ->
            InJvm.parked(
                "jcontainer-parked-null-stdio",
                "the same with /dev/null for all three streams",
                runtime().pool(Specs.nullStdio(directory))));
    field.enter(
        "jcontainer-exec",
        () ->
            InJvm.exec(
                "jcontainer-exec",
                "a further process in a container that runs, with three pipes",
                runtime().start(Specs.pausing(directory)),
                ProcessSpec.of(BenchDirectory.COMMAND)));
    field.enter(
        "jcontainer-exec-limits",
        () ->
            InJvm.exec(
                "jcontainer-exec-limits",
                "the same in a container with the limits of jcontainer-limits",
                runtime()
                    .start(
                        Specs.pausing(directory).toBuilder()
                            .limits(Specs.limited(directory).limits().orElseThrow())
                            .build()),
                ProcessSpec.of(BenchDirectory.COMMAND)));
    process(field, "process-builder-dynamic", "no container; " + DYNAMIC_TRUE, DYNAMIC_TRUE);
  }

  private interface SpecMaker {
    ContainerSpec make() throws IOException;
  }

  private void container(Field field, String name, String note, SpecMaker spec)
      throws InterruptedException {
    field.enter(name, () -> InJvm.container(name, note, runtime(), spec.make()));
  }

  private static void process(Field field, String name, String note, String program)
      throws InterruptedException {
    field.enter(name, () -> InJvm.processBuilder(name, note, program));
  }

  private ContainerRuntime runtime() {
    ContainerRuntime present = runtime;
    if (present == null) {
      present = ContainerRuntime.create(options());
      runtime = present;
    }
    return present;
  }

  private ContainerRuntime unprepared() {
    ContainerRuntime present = unprepared;
    if (present == null) {
      present = ContainerRuntime.create(options().withoutPreparation());
      unprepared = present;
    }
    return present;
  }

  /** With cgroups v2 only, limits need the JVM in a leaf. */
  private RuntimeOptions options() {
    return RuntimeOptions.defaults()
        .withCgroupDelegation(true)
        .withImageDirectory(directory.images());
  }

  @Override
  public void close() {
    for (ContainerRuntime each : Arrays.asList(runtime, unprepared)) {
      if (each != null) {
        each.close();
      }
    }
  }
}
