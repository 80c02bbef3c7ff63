package io.jcontainer.benchmarks;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Stdio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The containers that are measured. */
final class Specs {
  static final ByteSize MEMORY = ByteSize.ofMebibytes(256);
  static final int CPUS = 1;
  static final int PIDS = 100;

  private Specs() {}

  /** All defaults: the static {@code true} in an overlay with a write layer, three pipes. */
  static ContainerSpec standard(BenchDirectory directory) {
    return ContainerSpec.builder()
        .rootfs(LayeredRootfs.directory(directory.rootfs()))
        .command(BenchDirectory.COMMAND)
        .build();
  }

  /** The same of an image of ten layers, which is there and unpacked. */
  static ContainerSpec image(BenchDirectory directory) throws IOException {
    BenchImage.make(directory);
    return standard(directory).toBuilder().rootfs(LayeredRootfs.image(BenchImage.NAME)).build();
  }

  /** {@link #standard} with a command that waits, for others to join. */
  static ContainerSpec pausing(BenchDirectory directory) {
    return standard(directory).toBuilder().command(BenchDirectory.PAUSE).build();
  }

  /** The same with /dev/null for all three streams. */
  static ContainerSpec pausingSilently(BenchDirectory directory) {
    return nullStdio(directory).toBuilder().command(BenchDirectory.PAUSE).build();
  }

  /** {@link #standard} without a write layer: what bwrap, crun and runc are asked for. */
  static ContainerSpec readOnly(BenchDirectory directory) {
    return standard(directory).toBuilder()
        .rootfs(LayeredRootfs.directory(directory.rootfs()).readOnly())
        .build();
  }

  /** The same with a user namespace that is made for this container alone. */
  static ContainerSpec ownUserNamespace(BenchDirectory directory) throws IOException {
    IdMapping ids =
        isRoot()
            ? IdMapping.range(2_000_000_000L, 65_536)
            : new IdMapping(
                List.of(new IdMapping.Range(0, ownId("uid"), 1)),
                List.of(new IdMapping.Range(0, ownId("gid"), 1)));
    return standard(directory).toBuilder().namespaces(ns -> ns.ids(ids)).build();
  }

  /** The same with limits of memory, processor time and processes. */
  static ContainerSpec limited(BenchDirectory directory) {
    return standard(directory).toBuilder()
        .limits(limits -> limits.memory(MEMORY).cpus(CPUS).pids(PIDS))
        .build();
  }

  /** The same with /dev/null for all three streams. */
  static ContainerSpec nullStdio(BenchDirectory directory) {
    return standard(directory).toBuilder()
        .stdin(Stdio.NULL)
        .stdout(Stdio.NULL)
        .stderr(Stdio.NULL)
        .build();
  }

  /** A program of the host on the host's read-only /usr. */
  static ContainerSpec hostRootfs(String program) {
    return ContainerSpec.builder().rootfs(LayeredRootfs.host()).command(program).build();
  }

  static boolean isRoot() throws IOException {
    return ownId("uid") == 0;
  }

  /** This process's own "uid" or "gid". */
  static long ownId(String which) throws IOException {
    return ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:" + which)).longValue();
  }
}
