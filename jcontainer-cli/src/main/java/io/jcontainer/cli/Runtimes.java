package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** Where a verb's runtime comes from; each verb takes at most one. */
interface Runtimes extends Supplier<ContainerRuntime> {

  /**
   * One that is told where things are.
   *
   * @param cgroupParent below which cgroup containers with limits have theirs; empty for the
   *     caller's own
   * @param images where images are; empty for where they usually are
   */
  ContainerRuntime with(Optional<String> cgroupParent, Optional<Path> images);

  @Override
  default ContainerRuntime get() {
    return with(Optional.empty(), Optional.empty());
  }
}
