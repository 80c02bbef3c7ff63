package io.jcontainer.linux.cgroup;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Those of cgroups that are there. */
final class DirectoryFacts implements LimitFacts {
  private final List<CgroupDirectory> directories;

  /** Of a container with these directories. */
  DirectoryFacts(List<CgroupDirectory> directories) {
    this.directories = directories;
  }

  @Override
  public Optional<String> read(Controller controller, String file) {
    return directory(controller).flatMap(path -> KernelFile.read(path.resolve(file)));
  }

  @Override
  public Optional<String> readAbove(Controller controller, String file) {
    return directory(controller).flatMap(path -> KernelFile.read(path.resolveSibling(file)));
  }

  @Override
  public String disk(Path device) {
    return Disks.number(device);
  }

  private Optional<Path> directory(Controller controller) {
    return CgroupDirectory.with(controller, directories).map(CgroupDirectory::path);
  }
}
