package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.util.Optional;
import java.util.function.Supplier;

/** Where a verb's runtime comes from; each verb takes at most one. */
interface Runtimes extends Supplier<ContainerRuntime> {

  /**
   * One whose containers with limits have their cgroups below this one.
   *
   * @param cgroupParent empty for the caller's own
   */
  ContainerRuntime below(Optional<String> cgroupParent);

  @Override
  default ContainerRuntime get() {
    return below(Optional.empty());
  }
}
