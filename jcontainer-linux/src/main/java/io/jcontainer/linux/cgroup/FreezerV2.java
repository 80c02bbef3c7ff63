package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.sys.Kernel;
import java.nio.file.Path;
import java.util.Optional;

/** cgroup.freeze of v2, which every cgroup has: cgroup-v2.rst of the kernel. */
final class FreezerV2 extends Freezer {
  private static final String FREEZE = "cgroup.freeze";

  FreezerV2(Kernel kernel, Path directory) {
    super(kernel, directory);
  }

  @Override
  public boolean isFrozen() {
    return KernelFile.read(directory.resolve(FREEZE)).equals(Optional.of("1"));
  }

  @Override
  void ask(boolean frozen) {
    kernel.writeFile(directory.resolve(FREEZE), frozen ? "1" : "0");
  }

  @Override
  boolean awaitFrozen(long deadline) {
    return new EventsFile(kernel, directory).await("frozen 1", deadline);
  }

  @Override
  String state() {
    return EventsFile.NAME
        + " says "
        + KernelFile.read(directory.resolve(EventsFile.NAME))
            .map(text -> text.replace("\n", ", "))
            .orElse("nothing");
  }
}
