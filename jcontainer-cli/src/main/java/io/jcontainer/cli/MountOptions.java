package io.jcontainer.cli;

import static io.jcontainer.cli.Options.useEach;

import io.jcontainer.ContainerSpec;
import io.jcontainer.Mount;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;

/** What else {@code run} mounts in the root file system. */
final class MountOptions {
  private final OptionSpec volumes =
      Options.list(
          Mount.class,
          MountText::volume,
          "SOURCE:TARGET[:OPTIONS]",
          "A directory or file of the host. Options: ro, rw (the default), noexec, rslave, idmap.",
          "-v",
          "--volume");
  private final OptionSpec tmpfs =
      Options.list(
          Mount.class,
          MountText::tmpfs,
          "TARGET[:OPTIONS]",
          "A file system in memory. Options: size=64m, mode=1777, exec.",
          "--tmpfs");
  private final OptionSpec mounts =
      Options.list(
          Mount.class,
          MountText::mount,
          "type=bind,source=PATH,target=PATH[,readonly...]",
          "The same in Docker's longer form, also with type=tmpfs.",
          "--mount");
  private final OptionSpec devices =
      Options.list(
          Mount.class, MountText::device, "SOURCE[:TARGET]", "A device of the host.", "--device");

  List<OptionSpec> options() {
    return List.of(volumes, tmpfs, mounts, devices);
  }

  /** Says what was given. */
  void describe(ContainerSpec.Builder spec) {
    for (OptionSpec option : options()) {
      useEach(option, (Mount mount) -> spec.mount(mount));
    }
  }
}
