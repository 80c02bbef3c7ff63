package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.request.CgroupPlacement;
import io.jcontainer.linux.request.CgroupView;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * The cgroups of a container, open for a process to come into them.
 *
 * @param descriptors what the launcher gets, in the order of their numbers; closed with this
 */
public record CgroupEntrance(List<Fd> descriptors, CgroupPlacement placement)
    implements AutoCloseable {
  private static final int O_WRONLY = 1;
  private static final int O_PATH = 0x200000;

  /** Of none: where the JVM is. */
  public static CgroupEntrance inherited() {
    return new CgroupEntrance(List.of(), CgroupPlacement.INHERITED);
  }

  /**
   * Opens them.
   *
   * @param directories one in each hierarchy
   * @param clone whether CLONE_INTO_CGROUP can be, which takes the rights of the caller of
   *     clone3(2) over the cgroup; else the rights of the JVM are enough, but the kernel stops all
   *     that forks
   * @param first the number that the launcher has the first descriptor by
   */
  public static CgroupEntrance open(
      Kernel kernel, List<CgroupDirectory> directories, boolean clone, int first) {
    List<Fd> descriptors = new ArrayList<>(directories.size());
    OptionalInt into = OptionalInt.empty();
    List<Integer> files = new ArrayList<>();
    try {
      for (CgroupDirectory directory : directories) {
        int number = first + descriptors.size();
        if (directory.version() == Version.V2 && clone) {
          descriptors.add(kernel.open(directory.path().toString(), O_PATH));
          into = OptionalInt.of(number);
        } else {
          descriptors.add(kernel.open(file(directory).toString(), O_WRONLY));
          files.add(number);
        }
      }
      return new CgroupEntrance(
          List.copyOf(descriptors), new CgroupPlacement(into, files, view(directories)));
    } catch (RuntimeException | Error e) {
      descriptors.forEach(Fd::close);
      throw e;
    }
  }

  private static Path file(CgroupDirectory directory) {
    // Not cgroup.procs where it can be helped: for that the kernel stops all threads that fork.
    return directory.path().resolve(directory.version() == Version.V1 ? "tasks" : "cgroup.procs");
  }

  /** What a container that has these is shown of them. */
  static CgroupView view(List<CgroupDirectory> directories) {
    boolean v2 = false;
    List<String> v1 = new ArrayList<>();
    for (CgroupDirectory directory : directories) {
      if (directory.version() == Version.V2) {
        v2 = true;
      } else {
        v1.add(
            directory.controllers().stream()
                .sorted()
                .map(controller -> controller.name(Version.V1))
                .collect(Collectors.joining(",")));
      }
    }
    return new CgroupView(v2, v1);
  }

  /** The launcher has its own. */
  @Override
  public void close() {
    descriptors.forEach(Fd::close);
  }
}
