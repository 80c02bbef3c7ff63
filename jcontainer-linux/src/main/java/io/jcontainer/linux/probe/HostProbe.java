package io.jcontainer.linux.probe;

import io.jcontainer.HostUnsupportedException;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.HostFacts.EtcEntry;
import io.jcontainer.linux.request.HostFacts.HostRoot;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Looks at the host, once for each runtime. */
public final class HostProbe {
  /** Where a container may mount its own file system over; opened files below are not affected. */
  private static final List<String> SCRATCH = List.of("/tmp", "/mnt", "/run", "/var/tmp", "/var");

  private static final List<String> SYSTEM =
      List.of("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32");
  private static final List<String> ETC =
      List.of(
          "ld.so.cache",
          "ld.so.conf",
          "ld.so.conf.d",
          "alternatives",
          "localtime",
          "timezone",
          "nsswitch.conf",
          "ssl/certs",
          "ssl/openssl.cnf",
          "pki/tls/certs",
          "pki/ca-trust/extracted",
          "ca-certificates");

  private HostProbe() {}

  /** The facts; {@code kernelFiles} are the paths below /proc and /sys to look for. */
  public static HostFacts look(Kernel kernel, List<String> kernelFiles) {
    try {
      return new HostFacts(
          arch(),
          kernel.effectiveUserId(),
          kernel.effectiveGroupId(),
          scratch(),
          Integer.parseInt(Sysctl.read("kernel/cap_last_cap")),
          kernelFiles(kernelFiles),
          root(),
          HardLimits.ofJvm());
    } catch (IOException e) {
      throw new HostUnsupportedException("what jcontainer needs of the host", e.toString(), e);
    }
  }

  private static Arch arch() {
    try {
      return Arch.current();
    } catch (UnsupportedOperationException e) {
      throw new HostUnsupportedException("a launcher", String.valueOf(e.getMessage()), e);
    }
  }

  private static String scratch() {
    return SCRATCH.stream()
        .filter(path -> Files.isDirectory(Path.of(path), LinkOption.NOFOLLOW_LINKS))
        .findFirst()
        .orElseThrow(
            () ->
                new HostUnsupportedException(
                    "a directory to mount on", "none of " + SCRATCH + " is there", null));
  }

  private static Map<String, Boolean> kernelFiles(List<String> paths) {
    Map<String, Boolean> existing = new HashMap<>();
    for (String path : paths) {
      Path absolute = Path.of("/", path);
      if (Files.exists(absolute)) {
        existing.put(path, Files.isDirectory(absolute));
      }
    }
    return existing;
  }

  private static HostRoot root() throws IOException {
    List<String> directories = new ArrayList<>();
    SortedMap<String, String> links = new TreeMap<>();
    for (String name : SYSTEM) {
      Path path = Path.of("/", name);
      if (Files.isSymbolicLink(path)) {
        links.put(name, Files.readSymbolicLink(path).toString());
      } else if (Files.isDirectory(path)) {
        directories.add(name);
      }
    }
    List<EtcEntry> binds = new ArrayList<>();
    if (Files.isReadable(Path.of("/etc/resolv.conf"))) { // also behind a link to where /run is
      binds.add(new EtcEntry("resolv.conf", false));
    }
    SortedMap<String, String> etcLinks = new TreeMap<>();
    for (String name : etcNames()) {
      Path path = Path.of("/etc", name);
      if (Files.isSymbolicLink(path)) {
        etcLinks.put(name, Files.readSymbolicLink(path).toString());
      } else if (Files.isReadable(path)) {
        binds.add(new EtcEntry(name, Files.isDirectory(path)));
      }
    }
    return new HostRoot(directories, links, binds, etcLinks);
  }

  private static List<String> etcNames() throws IOException {
    List<String> names = new ArrayList<>(ETC);
    try (DirectoryStream<Path> java = Files.newDirectoryStream(Path.of("/etc"), "java*")) {
      java.forEach(path -> names.add(path.getFileName().toString()));
    }
    return names;
  }
}
