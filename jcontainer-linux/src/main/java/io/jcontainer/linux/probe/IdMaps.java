package io.jcontainer.linux.probe;

import com.google.common.base.Splitter;
import io.jcontainer.ContainerException;
import io.jcontainer.IdMapping;
import io.jcontainer.IdMapping.Range;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which ids this user may give to user namespaces, and how: user_namespaces(7), newuidmap(1). */
public final class IdMaps {
  /** As many as a distribution's images use. */
  private static final long IDS = 65_536;

  /** Above what systemd and /etc/login.defs hand out by themselves. */
  private static final long ROOTS_DEFAULT = 1_879_048_192L;

  private final long uid;
  private final long gid;

  /** For a user and group. */
  public IdMaps(long uid, long gid) {
    this.uid = uid;
    this.gid = gid;
  }

  /** What to try for the runtime's own user namespace, the best first. */
  public List<IdMapping> preferred() {
    List<Range> uids = SubordinateIds.of("/etc/subuid", uid);
    List<Range> gids = SubordinateIds.of("/etc/subgid", uid);
    if (uid == 0) {
      return List.of(
          uids.isEmpty() || gids.isEmpty()
              ? leastDemanding()
              : new IdMapping(List.of(first(uids, 0)), List.of(first(gids, 0))));
    }
    if (uids.isEmpty() || gids.isEmpty()) {
      return List.of(leastDemanding());
    }
    return List.of(
        new IdMapping(
            List.of(new Range(0, uid, 1), first(uids, 1)),
            List.of(new Range(0, gid, 1), first(gids, 1))),
        leastDemanding());
  }

  /** What /etc/subuid or /etc/subgid lacks for this user, if it does. */
  public Optional<String> missing() {
    for (String file : List.of("/etc/subuid", "/etc/subgid")) {
      if (SubordinateIds.of(file, uid).isEmpty()) {
        return Optional.of(file + " has no line for " + System.getProperty("user.name"));
      }
    }
    return Optional.empty();
  }

  /** Which other users may give away the same ids. */
  public List<String> sharers() {
    return Stream.of("/etc/subuid", "/etc/subgid")
        .flatMap(
            file -> SubordinateIds.sharers(file, uid).stream().map(user -> user + " in " + file))
        .toList();
  }

  /** What is tried last: an own range for root, for others the id that they have. */
  IdMapping leastDemanding() {
    return uid == 0
        ? IdMapping.range(ROOTS_DEFAULT, IDS)
        : new IdMapping(List.of(new Range(0, uid, 1)), List.of(new Range(0, gid, 1)));
  }

  private static Range first(List<Range> granted, long containerId) {
    Range range = granted.get(0);
    return new Range(containerId, range.hostId(), Math.min(range.size(), IDS));
  }

  /**
   * Gives ids to the user namespace of a process.
   *
   * @return whether setgroups(2) had to be denied for it
   * @throws IOException with what the kernel, or newuidmap(1), says against it
   */
  public boolean write(int pid, IdMapping ids) throws IOException {
    if (uid == 0) {
      write(pid, "uid_map", text(ids.uids()));
      write(pid, "gid_map", text(ids.gids()));
      return false;
    }
    if (isOnly(ids.uids(), uid) && isOnly(ids.gids(), gid)) {
      // Else a user could drop a group by which a file denies him access: CVE-2014-8989.
      write(pid, "setgroups", "deny");
      write(pid, "uid_map", text(ids.uids()));
      write(pid, "gid_map", text(ids.gids()));
      return true;
    }
    IdMapTool.run("newuidmap", pid, ids.uids());
    IdMapTool.run("newgidmap", pid, ids.gids());
    return false;
  }

  private static boolean isOnly(List<Range> ranges, long id) {
    return ranges.size() == 1 && ranges.get(0).hostId() == id && ranges.get(0).size() == 1;
  }

  private static String text(List<Range> ranges) {
    StringBuilder lines = new StringBuilder();
    ranges.forEach(range -> lines.append(range).append('\n'));
    return lines.toString();
  }

  private static void write(int pid, String file, String text) throws IOException {
    Path path = Path.of("/proc", Integer.toString(pid), file);
    try {
      Files.write(path, text.getBytes(StandardCharsets.US_ASCII)); // one write(2), or it is EINVAL
    } catch (IOException e) {
      throw new IOException(
          "writing \"" + text.strip() + "\" to " + path + ": " + e.getMessage(), e);
    }
  }

  /** The ids of the user namespace of a process, as the JVM sees them. */
  public static IdMapping read(int pid) {
    return new IdMapping(ranges(pid, "uid_map"), ranges(pid, "gid_map"));
  }

  /** Whether setgroups(2) is refused to a process. */
  public static boolean groupsDenied(int pid) {
    return lines(pid, "setgroups").contains("deny");
  }

  private static List<Range> ranges(int pid, String file) {
    List<Range> ranges = new ArrayList<>();
    for (String line : lines(pid, file)) {
      List<String> words = Splitter.on(' ').omitEmptyStrings().splitToList(line);
      ranges.add(
          new Range(
              Long.parseLong(words.get(0)),
              Long.parseLong(words.get(1)),
              Long.parseLong(words.get(2))));
    }
    return ranges;
  }

  private static List<String> lines(int pid, String file) {
    try {
      return Files.readAllLines(Path.of("/proc", Integer.toString(pid), file));
    } catch (IOException e) {
      throw new ContainerException("the ids of a user namespace cannot be read: " + e, e);
    }
  }
}
