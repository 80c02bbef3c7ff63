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
import java.util.StringJoiner;

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
    return new CgroupEntrance(
        open(kernel, directories, clone), placement(directories, clone, first));
  }

  /** The descriptors alone; if one cannot be opened, none is. */
  static List<Fd> open(Kernel kernel, List<CgroupDirectory> directories, boolean clone) {
    List<Fd> descriptors = new ArrayList<>(directories.size());
    try {
      for (CgroupDirectory directory : directories) {
        descriptors.add(
            isClonedInto(directory, clone)
                ? kernel.open(directory.path().toString(), O_PATH)
                : kernel.open(file(directory).toString(), O_WRONLY));
      }
      return List.copyOf(descriptors);
    } catch (RuntimeException | Error e) {
      descriptors.forEach(Fd::close);
      throw e;
    }
  }

  private static boolean isClonedInto(CgroupDirectory directory, boolean clone) {
    return clone && directory.version() == Version.V2;
  }

  /** What a plan has of them, which are not opened for that: see {@link #open}. */
  public static CgroupPlacement placement(
      List<CgroupDirectory> directories, boolean clone, int first) {
    OptionalInt into = OptionalInt.empty();
    List<Integer> files = new ArrayList<>(directories.size());
    for (int i = 0; i < directories.size(); i++) {
      if (isClonedInto(directories.get(i), clone)) {
        into = OptionalInt.of(first + i);
      } else {
        files.add(first + i);
      }
    }
    return new CgroupPlacement(into, files, view(directories));
  }

  private static Path file(CgroupDirectory directory) {
    // Not cgroup.procs where it can be helped: for that the kernel stops all threads that fork.
    return directory.path().resolve(directory.version() == Version.V1 ? "tasks" : "cgroup.procs");
  }

  /** What a container that has these is shown of them. */
  static CgroupView view(List<CgroupDirectory> directories) {
    boolean v2 = false;
    List<String> v1 = new ArrayList<>(directories.size());
    for (CgroupDirectory directory : directories) {
      if (directory.version() == Version.V2) {
        v2 = true;
      } else {
        StringJoiner names = new StringJoiner(","); // no stream: each start comes here
        for (Controller controller : Controller.values()) {
          if (directory.controllers().contains(controller)) {
            names.add(controller.name(Version.V1));
          }
        }
        v1.add(names.toString());
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
