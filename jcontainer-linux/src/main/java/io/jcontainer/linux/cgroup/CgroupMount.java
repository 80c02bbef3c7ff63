package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.CgroupDirectory.Version.V1;
import static io.jcontainer.linux.cgroup.CgroupDirectory.Version.V2;

import com.google.common.base.Splitter;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A hierarchy that is mounted: a line of proc_pid_mountinfo(5).
 *
 * @param root which of its cgroups is at the mount point
 * @param readOnly whether the mount is, or the whole file system
 * @param options of the file system: among them the names of v1's controllers
 */
record CgroupMount(
    Version version, String root, Path mountPoint, boolean readOnly, List<String> options) {
  private static final Splitter WORDS = Splitter.on(' ');
  private static final Splitter COMMAS = Splitter.on(',');
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  /** Which word is what, and how many stand before the optional ones. */
  private static final int ROOT = 3;

  private static final int MOUNT_POINT = 4;
  private static final int MOUNT_OPTIONS = 5;
  private static final int FIXED = 6;

  /**
   * All of them. Of two at one place only the later, which is what paths lead to; and first those
   * that can be written to.
   */
  static List<CgroupMount> all(List<String> mountinfo) {
    Map<Path, CgroupMount> mounts = new LinkedHashMap<>();
    for (String line : mountinfo) {
      parse(line).ifPresent(mount -> mounts.put(mount.mountPoint(), mount));
    }
    return mounts.values().stream().sorted(Comparator.comparing(CgroupMount::readOnly)).toList();
  }

  private static Optional<CgroupMount> parse(String line) {
    List<String> words = WORDS.splitToList(line);
    int separator = FIXED;
    while (separator < words.size() && !words.get(separator).equals("-")) {
      separator++;
    }
    if (words.size() < separator + 4) {
      return Optional.empty();
    }
    String type = words.get(separator + 1);
    if (!type.equals("cgroup") && !type.equals("cgroup2")) {
      return Optional.empty();
    }
    List<String> options = COMMAS.splitToList(words.get(separator + 3));
    return Optional.of(
        new CgroupMount(
            type.equals("cgroup") ? V1 : V2,
            unescape(words.get(ROOT)),
            Path.of(unescape(words.get(MOUNT_POINT))),
            COMMAS.splitToList(words.get(MOUNT_OPTIONS)).contains("ro") || options.contains("ro"),
            options));
  }

  /** The kernel writes blanks, tabs, newlines and backslashes as octal numbers. */
  private static String unescape(String word) {
    return OCTAL.matcher(word).replaceAll(CgroupMount::character);
  }

  private static String character(MatchResult octal) {
    char character = (char) Integer.parseInt(octal.group(1), 8);
    return character == '\\' ? "\\\\" : String.valueOf(character);
  }
}
