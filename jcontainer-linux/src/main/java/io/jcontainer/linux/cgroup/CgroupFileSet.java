package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** Makes the {@link CgroupFile}s of one container, and closes them together. */
final class CgroupFileSet {
  private final Kernel kernel;
  private final List<CgroupDirectory> directories;
  private final Semaphore permits;
  private final List<CgroupFile> files = new ArrayList<>();

  /**
   * Opens nothing.
   *
   * @param permits for descriptors that are kept open
   */
  CgroupFileSet(Kernel kernel, List<CgroupDirectory> directories, Semaphore permits) {
    this.kernel = kernel;
    this.directories = List.copyOf(directories);
    this.permits = permits;
  }

  /** Where this controller is. */
  Optional<CgroupDirectory> directory(Controller controller) {
    return CgroupDirectory.with(controller, directories);
  }

  /** The directory in the hierarchy of version 2, which tells some things without controllers. */
  Optional<CgroupDirectory> version2() {
    return directories.stream().filter(each -> each.version() == Version.V2).findFirst();
  }

  /** A file in such a directory. */
  CgroupFile file(CgroupDirectory directory, String name) {
    return file(directory.path().resolve(name).toString(), true);
  }

  /** Any file of the kernel's: see {@link CgroupFile}. */
  CgroupFile file(String path, boolean atOnce) {
    CgroupFile file = new CgroupFile(kernel, path, atOnce, permits);
    files.add(file);
    return file;
  }

  /** Gives all descriptors back; the files may be read again. */
  void close() {
    files.forEach(CgroupFile::close);
  }
}
