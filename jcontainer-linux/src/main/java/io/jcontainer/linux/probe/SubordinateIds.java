package io.jcontainer.linux.probe;

import io.jcontainer.ContainerException;
import io.jcontainer.IdMapping.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ranges of ids that subuid(5) and subgid(5) grant to a user. */
final class SubordinateIds {
  private static final Pattern LINE = Pattern.compile("([^:]+):([0-9]{1,10}):([0-9]{1,10})");

  /** 2^32-1 is no id: to the kernel it means none. */
  private static final long ALL_IDS = 0xFFFF_FFFFL;

  private SubordinateIds() {}

  /** A line of the file. */
  private record Grant(String user, Range range) {
    boolean isFor(long uid) {
      String name = uid == 0 ? "root" : System.getProperty("user.name");
      return user.equals(name) || user.equals(Long.toString(uid));
    }
  }

  /** Those of a user, named there by name or number; none if the file is not there. */
  static List<Range> of(String file, long uid) {
    return grants(file).stream().filter(grant -> grant.isFor(uid)).map(Grant::range).toList();
  }

  private static List<Grant> grants(String file) {
    Path path = Path.of(file);
    if (!Files.isReadable(path)) {
      return List.of();
    }
    List<Grant> grants = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(path)) {
        Matcher matcher = LINE.matcher(line.strip());
        if (matcher.matches()) {
          long first = Long.parseLong(matcher.group(2));
          long count = Long.parseLong(matcher.group(3));
          if (count > 0 && first + count <= ALL_IDS) { // else it grants nothing
            grants.add(new Grant(matcher.group(1), new Range(0, first, count)));
          }
        }
      }
    } catch (IOException e) {
      throw new ContainerException(file + " cannot be read: " + e, e);
    }
    return grants;
  }

  /** Which other users are granted some of the ids that a user is granted. */
  static List<String> sharers(String file, long uid) {
    List<Range> ours = of(file, uid);
    Set<String> sharers = new TreeSet<>();
    for (Grant grant : grants(file)) {
      boolean other = !grant.isFor(uid);
      if (other && ours.stream().anyMatch(range -> overlap(range, grant.range()))) {
        sharers.add(grant.user());
      }
    }
    return List.copyOf(sharers);
  }

  private static boolean overlap(Range a, Range b) {
    return a.hostId() < b.hostId() + b.size() && b.hostId() < a.hostId() + a.size();
  }
}
