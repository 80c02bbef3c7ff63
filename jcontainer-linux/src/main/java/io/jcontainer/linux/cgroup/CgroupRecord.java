package io.jcontainer.linux.cgroup;

import com.google.common.base.Splitter;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.state.CgroupsFile;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Kernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A line of a runtime's record: a directory of a cgroup that it is about to make.
 *
 * @param kind what for
 * @param version of its hierarchy
 * @param controllers what the containers below it have there; none for other kinds
 * @param path absolute
 */
public record CgroupRecord(Kind kind, Version version, Set<Controller> controllers, Path path) {
  private static final Splitter WORDS = Splitter.on(' ').limit(4);

  /** What a directory is for. */
  enum Kind {
    /** Each container of the runtime has one below it. */
    CONTAINERS,
    /** On the way to that. */
    PARENT,
    /** The JVM itself is in it. */
    LEAF
  }

  /** Keeps a copy. */
  public CgroupRecord {
    controllers = Set.copyOf(controllers);
  }

  /** As it is written. */
  String line() {
    String names =
        controllers.stream().map(Controller::name).sorted().collect(Collectors.joining(","));
    return "%s %s %s %s".formatted(kind, version, names.isEmpty() ? "-" : names, path);
  }

  /** What was written; empty if no runtime writes that. */
  static Optional<CgroupRecord> parse(String line) {
    List<String> words = WORDS.splitToList(line);
    if (words.size() < 4 || !words.get(3).startsWith("/")) {
      return Optional.empty();
    }
    try {
      Set<Controller> controllers = EnumSet.noneOf(Controller.class);
      if (!words.get(2).equals("-")) {
        for (String name : Splitter.on(',').split(words.get(2))) {
          controllers.add(Controller.valueOf(name));
        }
      }
      return Optional.of(
          new CgroupRecord(
              Kind.valueOf(words.get(0)),
              Version.valueOf(words.get(1)),
              controllers,
              Path.of(words.get(3))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Those of a record. */
  static List<CgroupRecord> parse(List<String> lines) {
    return lines.stream().flatMap(line -> parse(line).stream()).toList();
  }

  /**
   * The directories of a container, whichever JVM has made them.
   *
   * @param id the container's, which is unique
   * @return none if it has no cgroups of its own, or they are removed
   */
  public static List<CgroupDirectory> find(Kernel kernel, StateDirectory state, String id) {
    for (List<String> lines : CgroupsFile.readAll(kernel, state)) {
      List<CgroupDirectory> directories = directories(parse(lines), id);
      if (!directories.isEmpty()) {
        return directories;
      }
    }
    return List.of();
  }

  /** Those that are there. A controller that was added later has a line of its own. */
  static List<CgroupDirectory> directories(List<CgroupRecord> records, String id) {
    Map<Path, CgroupDirectory> found = new LinkedHashMap<>();
    for (CgroupRecord record : records) {
      Path path = record.path().resolve(id);
      if (record.kind() == Kind.CONTAINERS
          && (found.containsKey(path) || Files.isDirectory(path))) {
        found.merge(
            path,
            new CgroupDirectory(record.version(), record.controllers(), path),
            CgroupRecord::both);
      }
    }
    return new ArrayList<>(found.values());
  }

  private static CgroupDirectory both(CgroupDirectory one, CgroupDirectory other) {
    Set<Controller> all = EnumSet.noneOf(Controller.class);
    all.addAll(one.controllers());
    all.addAll(other.controllers());
    return new CgroupDirectory(one.version(), all, one.path());
  }
}
