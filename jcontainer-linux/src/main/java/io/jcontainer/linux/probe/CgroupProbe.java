package io.jcontainer.linux.probe;

import com.google.common.base.Splitter;
import io.jcontainer.HostReport.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether groups could be made below the JVM's own in cgroups(7). Nothing is made: they are the
 * machine's.
 */
public final class CgroupProbe {
  private static final String NAME = "cgroups";
  private static final List<String> WANTED = List.of("cpu", "memory", "pids");

  private CgroupProbe() {}

  /** What this JVM has. */
  public static Finding find() {
    try {
      return of(
          Files.readAllLines(Path.of("/proc/self/mountinfo")),
          Files.readAllLines(Path.of("/proc/self/cgroup")),
          Files::isWritable,
          CgroupProbe::controllers);
    } catch (IOException e) {
      return Finding.fails(NAME, "limits of cgroups", e.toString(), Optional.empty());
    }
  }

  /** Which controllers a cgroup of v2 has. */
  interface Controllers {
    List<String> of(Path cgroup) throws IOException;
  }

  private static List<String> controllers(Path cgroup) throws IOException {
    String text = Files.readString(cgroup.resolve("cgroup.controllers")).strip();
    return Splitter.on(' ').omitEmptyStrings().splitToList(text);
  }

  /**
   * A mounted hierarchy.
   *
   * @param root what of it is mounted
   * @param v1 its controllers, if it is one of v1; empty for v2
   */
  private record Hierarchy(String root, String mountPoint, List<String> v1) {}

  static Finding of(
      List<String> mountinfo,
      List<String> ownCgroups,
      Predicate<Path> writable,
      Controllers controllers)
      throws IOException {
    List<Path> mine = new ArrayList<>();
    TreeSet<String> available = new TreeSet<>();
    boolean second = false;
    for (Hierarchy hierarchy : hierarchies(mountinfo)) {
      Path own = own(hierarchy, ownCgroups);
      if (own == null) {
        continue;
      }
      List<String> here = hierarchy.v1().isEmpty() ? controllers.of(own) : hierarchy.v1();
      if (here.stream().noneMatch(WANTED::contains)) {
        continue; // a hierarchy of systemd's, or one of v2 beside those of v1
      }
      second |= hierarchy.v1().isEmpty();
      available.addAll(here);
      mine.add(own);
    }
    String version = second ? "v2" : "v1";
    String title = "limits by cgroups " + version + " (" + String.join(", ", available) + ")";
    if (mine.isEmpty()) {
      return Finding.fails(
          NAME,
          "limits by cgroups",
          "no hierarchy with one of " + WANTED + " is mounted for this process",
          Optional.of("In a container, mount /sys/fs/cgroup (Docker: --cgroupns private)"));
    }
    for (Path own : mine) {
      if (!writable.test(own)) {
        return Finding.fails(
            NAME,
            title,
            own + " cannot be written to",
            Optional.of(
                second
                    ? "Start the JVM where systemd delegates it a cgroup: systemd-run --user --scope"
                        + " -p Delegate=yes java ..., or Delegate=yes in its unit"
                    : "With v1 only root can delegate: chown the JVM's cgroups to its user"));
      }
    }
    return Finding.works(NAME, title);
  }

  /**
   * proc_pid_mountinfo(5): root and mount point are the 4th and 5th word, the type follows " - ".
   */
  private static List<Hierarchy> hierarchies(List<String> mountinfo) {
    List<Hierarchy> hierarchies = new ArrayList<>();
    for (String line : mountinfo) {
      int separator = line.indexOf(" - cgroup");
      if (separator < 0) {
        continue;
      }
      List<String> words = Splitter.on(' ').splitToList(line);
      List<String> last = Splitter.on(' ').splitToList(line.substring(separator + 3));
      boolean v2 = last.get(0).equals("cgroup2");
      List<String> options = Splitter.on(',').splitToList(last.get(2));
      hierarchies.add(
          new Hierarchy(
              words.get(3),
              words.get(4),
              v2
                  ? List.of()
                  : options.stream().filter(o -> !o.equals("rw") && !o.equals("ro")).toList()));
    }
    return hierarchies;
  }

  /** cgroups(7): lines of ID:CONTROLLERS:PATH, for v2 0::PATH. Null if it is not mounted. */
  private static @Nullable Path own(Hierarchy hierarchy, List<String> ownCgroups) {
    String wanted = String.join(",", hierarchy.v1());
    for (String line : ownCgroups) {
      List<String> parts = Splitter.on(':').limit(3).splitToList(line);
      if (parts.size() == 3 && parts.get(1).equals(wanted)) {
        String path = parts.get(2);
        String root = hierarchy.root().equals("/") ? "" : hierarchy.root();
        return path.startsWith(root)
            ? Path.of(hierarchy.mountPoint() + path.substring(root.length()))
            : null;
      }
    }
    return null;
  }
}
