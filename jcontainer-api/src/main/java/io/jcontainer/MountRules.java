package io.jcontainer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What mounts and hidden paths must fulfil on whatever host. */
final class MountRules {
  private static final String MOUNTS = "mounts";
  private static final String VOLUMES = "volumes";

  /** What lxcfs provides: it tells of the container what the kernel tells of the host. */
  private static final Set<String> ALLOWED_IN_PROC =
      Set.of(
          "/proc/cpuinfo",
          "/proc/diskstats",
          "/proc/loadavg",
          "/proc/meminfo",
          "/proc/slabinfo",
          "/proc/stat",
          "/proc/swaps",
          "/proc/uptime");

  /** PATH_MAX and NAME_MAX. */
  private static final int LONGEST_PATH = 4095;

  private static final int LONGEST_NAME = 255;

  private MountRules() {}

  static void check(ContainerSpec spec) {
    paths(spec, "maskedPaths", spec.maskedPaths());
    paths(spec, "readOnlyPaths", spec.readOnlyPaths());
    if (!spec.volumes().isEmpty()) {
      ownNamespace(spec, VOLUMES);
      volumes(spec.volumes());
    }
    if (spec.mounts().isEmpty()) {
      return;
    }
    ownNamespace(spec, MOUNTS);
    Map<String, Mount> targets = new HashMap<>();
    long inMemory = 0;
    for (Mount mount : spec.mounts()) {
      target(MOUNTS, mount.target());
      if (targets.put(mount.target(), mount) != null) {
        throw wrong("two mounts at " + mount.target() + ", of which one would hide the other");
      }
      if (mount instanceof Mount.Bind bind) {
        source(bind.source());
      } else if (mount instanceof Mount.Device device) {
        source(device.source());
      } else if (mount instanceof Mount.Tmpfs tmpfs) {
        tmpfs(tmpfs);
      } else if (mount instanceof Mount.InMemoryFile file) {
        mode(file, file.mode(), 0777);
        inMemory += file.content().length;
      }
    }
    if (inMemory > Mount.MOST_IN_MEMORY.bytes()) {
      throw wrong(
          inMemory + " bytes in memory are more than " + Mount.MOST_IN_MEMORY + "; bind a file");
    }
    targets.keySet().forEach(target -> directoriesOnly(target, targets));
  }

  private static void paths(ContainerSpec spec, String field, List<String> paths) {
    if (!paths.isEmpty()) {
      ownNamespace(spec, field);
      paths.forEach(path -> path(field, path));
    }
  }

  private static void ownNamespace(ContainerSpec spec, String field) {
    if (!(spec.namespaces().mount() instanceof Namespace.Own)) {
      throw new InvalidSpecException(
          field, "what others see would be changed: it needs an own mount namespace");
    }
  }

  /** An image chooses them, so they are to be no way to what it could not have otherwise. */
  static void volumes(Iterable<String> volumes) {
    volumes.forEach(path -> target(VOLUMES, path));
  }

  private static void target(String field, String target) {
    path(field, target);
    boolean proc = isOrIsBelow(target, "/proc") && !ALLOWED_IN_PROC.contains(target);
    if (proc || isOrIsBelow(target, "/sys") || target.equals("/dev")) {
      throw new InvalidSpecException(
          field,
          "nothing can be mounted on " + target + ": /proc, /sys and /dev are the container's own");
    }
  }

  private static void path(String field, String path) {
    ProcessRules.encodable(field, path);
    if (!path.startsWith("/")) {
      throw new InvalidSpecException(field, "\"" + path + "\" is not an absolute path");
    }
    if (path.equals("/")) {
      throw new InvalidSpecException(field, "\"/\" is the root file system itself");
    }
    for (String name : path.substring(1).split("/", -1)) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        throw new InvalidSpecException(
            field, "\"" + path + "\" has an empty part, or \".\", or \"..\"");
      }
      if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
        throw new InvalidSpecException(
            field, "a name in \"" + path + "\" takes more than " + LONGEST_NAME + " bytes");
      }
    }
    if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
      throw new InvalidSpecException(
          field, "\"" + path + "\" takes more than " + LONGEST_PATH + " bytes");
    }
  }

  private static boolean isOrIsBelow(String path, String directory) {
    return path.equals(directory) || path.startsWith(directory + "/");
  }

  private static void source(Path source) {
    ProcessRules.encodable(MOUNTS, source.toString());
    if (!source.isAbsolute()) {
      throw wrong("the source " + source + " is not an absolute path");
    }
  }

  private static void tmpfs(Mount.Tmpfs tmpfs) {
    mode(tmpfs, tmpfs.mode(), 07777);
    if (tmpfs.size().bytes() == 0) {
      throw wrong("a tmpfs of 0 bytes at " + tmpfs.target());
    }
  }

  private static void mode(Mount mount, int mode, int highest) {
    if (mode < 0 || mode > highest) {
      throw wrong(
          "the mode of %s, 0%o, is not between 0 and 0%o".formatted(mount.target(), mode, highest));
    }
  }

  /** What is known to be no directory has nothing below it. */
  private static void directoriesOnly(String target, Map<String, Mount> targets) {
    for (int slash = target.lastIndexOf('/');
        slash > 0;
        slash = target.lastIndexOf('/', slash - 1)) {
      Mount above = targets.get(target.substring(0, slash));
      if (above instanceof Mount.InMemoryFile || above instanceof Mount.Device) {
        throw wrong("nothing can be mounted on " + target + " below the file " + above.target());
      }
    }
  }

  private static InvalidSpecException wrong(String problem) {
    return new InvalidSpecException(MOUNTS, problem);
  }
}
