package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.Set;

/** One of v1: all controllers of the hierarchy are in each of its cgroups. */
final class RuntimeDirectoryV1 extends RuntimeDirectory {
  private static final String CPUS = "cpuset.cpus";
  private static final String MEMS = "cpuset.mems";

  RuntimeDirectoryV1(Kernel kernel, Hierarchy hierarchy, Ledger ledger, Path parent, String name) {
    super(kernel, hierarchy, ledger, parent, name);
  }

  @Override
  Set<Controller> prepare(Set<Controller> needed, Set<Controller> wished) throws RefusedException {
    for (Path path : way()) {
      makeOnTheWay(path);
      inherit(path);
    }
    makeOwn(hierarchy.controllers());
    inherit(path());
    return hierarchy.controllers();
  }

  /**
   * No process can join a cpuset without processors or memory nodes, ENOSPC, and a new one has
   * none, unless the one above says that it gives its own to those that are made in it: cpuset(7).
   */
  private void inherit(Path path) throws RefusedException {
    if (!hierarchy.controllers().contains(Controller.CPUSET)
        || path.equals(hierarchy.mountPoint())) {
      return;
    }
    try {
      Path above = path.resolveSibling(".");
      for (String file : Set.of(CPUS, MEMS)) {
        if (read(path.resolve(file)).isEmpty()) {
          kernel.writeFile(path.resolve(file), read(above.resolve(file)));
        }
      }
      if (path.equals(path())) {
        kernel.writeFile(path.resolve("cgroup.clone_children"), "1");
      }
    } catch (SyscallException e) {
      throw refused(e);
    }
  }

  private static String read(Path file) {
    return KernelFile.read(file).orElse("");
  }

  @Override
  boolean restore() {
    return true;
  }
}
