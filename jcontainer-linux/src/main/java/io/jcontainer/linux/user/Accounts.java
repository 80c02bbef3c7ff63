package io.jcontainer.linux.user;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.ProcessSpec;
import io.jcontainer.User;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds a user and its groups in the container's passwd(5) and group(5), which somebody else has
 * written: lines that are not as these pages say are no lines, and a number that is none fails.
 */
final class Accounts {
  /** More than a line of a group with thousands of members. */
  private static final int MAX_LINE = 64 << 10;

  /** PATH_MAX of Linux, with the NUL. */
  private static final int MAX_HOME = 4096 - 1;

  private static final long MAX_ID = 0xFFFF_FFFEL;

  private final ProcessSpec spec;
  private final @Nullable List<String> passwd;
  private final @Nullable List<String> group;

  private Accounts(ProcessSpec spec, byte @Nullable [] passwd, byte @Nullable [] group) {
    this.spec = spec;
    this.passwd = lines("/etc/passwd", passwd);
    this.group = lines("/etc/group", group);
  }

  /** Whether the user can only be known from /etc/passwd. */
  static boolean needsPasswd(ProcessSpec spec) {
    User user = spec.user();
    return !Identity.isRoot(user) && (isName(user.user()) || user.group() == null);
  }

  /** Whether the groups can only be known from /etc/group. */
  static boolean needsGroup(ProcessSpec spec) {
    String group = spec.user().group();
    return (group == null ? needsPasswd(spec) : isName(group))
        || spec.groups().stream().anyMatch(Accounts::isName);
  }

  /** A name never begins with a digit. */
  private static boolean isName(String text) {
    return text.charAt(0) > '9';
  }

  /**
   * Who is meant.
   *
   * @param passwd the content of /etc/passwd; null if there is none, or it is not needed
   * @param group the same of /etc/group
   * @throws InvalidSpecException if there is no such user or group
   */
  static Ids find(ProcessSpec spec, byte @Nullable [] passwd, byte @Nullable [] group) {
    return new Accounts(spec, passwd, group).find();
  }

  private Ids find() {
    User user = spec.user();
    String name = user.user();
    long uid = 0;
    long gid = 0;
    String home = null;
    Set<Long> groups = new LinkedHashSet<>();
    if (needsPasswd(spec)) {
      String[] line = line(passwd, 6, isName(name) ? 0 : 2, name);
      if (line != null) {
        uid = number("user", "/etc/passwd", name, line[2]);
        gid = number("user", "/etc/passwd", name, line[3]);
        home = home(name, line[5]);
        if (user.group() == null) {
          groups.addAll(groupsOf(line[0]));
        }
      } else if (isName(name)) {
        throw unknown("user", "user", name, "/etc/passwd", passwd);
      } else {
        uid = Long.parseLong(name);
        home = "/";
      }
    } else if (!Identity.isRoot(user)) {
      uid = Long.parseLong(name);
    }
    if (user.group() != null) {
      gid = gid("user", user.group());
    }
    for (String each : spec.groups()) {
      groups.add(gid("groups", each));
    }
    if (groups.size() > Ids.MAX_GROUPS) {
      throw new InvalidSpecException(
          "groups", name + " is in " + groups.size() + " groups, more than " + Ids.MAX_GROUPS);
    }
    return new Ids(uid, gid, List.copyOf(groups), home);
  }

  private static String home(String name, String home) {
    if (home.length() > MAX_HOME || home.indexOf('\0') >= 0) {
      throw new InvalidSpecException(
          "user", "the home directory of " + name + " in the container's /etc/passwd is no path");
    }
    return home.isEmpty() ? "/" : home;
  }

  private Set<Long> groupsOf(String member) {
    Set<Long> groups = new LinkedHashSet<>();
    for (String[] line : lines(group, 4, fields -> members(fields[3]).contains(member))) {
      groups.add(number("user", "/etc/group", line[0], line[2]));
    }
    return groups;
  }

  private static List<String> members(String field) {
    return List.of(field.split(",", -1));
  }

  private long gid(String field, String name) {
    if (!isName(name)) {
      return Long.parseLong(name);
    }
    String[] line = line(group, 3, 0, name);
    if (line == null) {
      throw unknown(field, "group", name, "/etc/group", group);
    }
    return number(field, "/etc/group", name, line[2]);
  }

  private static String @Nullable [] line(
      @Nullable List<String> file, int fields, int at, String wanted) {
    List<String[]> found = lines(file, fields, line -> line[at].equals(wanted));
    return found.isEmpty() ? null : found.get(0); // as the C library: the first one counts
  }

  private static List<String[]> lines(
      @Nullable List<String> file, int fields, Predicate<String[]> wanted) {
    List<String[]> found = new ArrayList<>();
    if (file != null) {
      for (String line : file) {
        String[] parts = line.split(":", -1);
        if (parts.length >= fields && wanted.test(parts)) {
          found.add(parts);
        }
      }
    }
    return found;
  }

  private static @Nullable List<String> lines(String path, byte @Nullable [] content) {
    if (content == null) {
      return null;
    }
    List<String> lines = List.of(new String(content, StandardCharsets.ISO_8859_1).split("\n", -1));
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).length() > MAX_LINE) {
        throw new InvalidSpecException(
            "user", "line %d of the container's %s is too long".formatted(i + 1, path));
      }
    }
    return lines;
  }

  /** A number that is too large must not come to be 0 on the way to the kernel. */
  private static long number(String field, String path, String name, String text) {
    if (text.matches("[0-9]{1,10}") && Long.parseLong(text) <= MAX_ID) {
      return Long.parseLong(text);
    }
    throw new InvalidSpecException(
        field, "the id of %s in the container's %s is no number".formatted(name, path));
  }

  private static InvalidSpecException unknown(
      String field, String what, String name, String path, @Nullable List<String> file) {
    return new InvalidSpecException(
        field,
        file == null
            ? "there is no %s %s: the container has no %s".formatted(what, name, path)
            : "there is no %s %s in the container's %s".formatted(what, name, path));
  }
}
