package io.jcontainer.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/** What this JVM holds, and what the kernel holds for all, at one moment. */
final class Holdings {

  /** What is counted. */
  enum Kind {
    HEAP("heap after a collection, KiB"),
    RSS("the JVM's memory, RSS, KiB"),
    THREADS("threads of the JVM"),
    DESCRIPTORS("open descriptors"),
    CHILDREN("child processes"),
    SLAB("the kernel's slab, KiB"),
    UNAVAILABLE("unavailable of the host, KiB"),
    MOUNTS("mounts that the JVM sees"),
    CGROUPS("cgroups, as the kernel counts");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  private final Map<Kind, Double> values = new EnumMap<>(Kind.class);

  private Holdings() {}

  static Holdings now() throws IOException {
    Holdings now = new Holdings();
    now.values.put(Kind.HEAP, heap());
    now.values.put(Kind.RSS, number(Path.of("/proc/self/status"), "VmRSS:"));
    now.values.put(Kind.THREADS, number(Path.of("/proc/self/status"), "Threads:"));
    now.values.put(Kind.DESCRIPTORS, count(Path.of("/proc/self/fd")));
    now.values.put(Kind.CHILDREN, (double) ProcessHandle.current().children().count());
    Path memory = Path.of("/proc/meminfo");
    now.values.put(Kind.SLAB, number(memory, "Slab:"));
    now.values.put(Kind.UNAVAILABLE, number(memory, "MemTotal:") - number(memory, "MemAvailable:"));
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      now.values.put(Kind.MOUNTS, (double) mounts.count());
    }
    now.values.put(Kind.CGROUPS, cgroups());
    return now;
  }

  double of(Kind kind) {
    return values.getOrDefault(kind, 0.0);
  }

  /**
   * Twice: what finalizers and reference queues let go is there to be collected the second time.
   */
  private static double heap() {
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1024.0;
  }

  private static double number(Path file, String name) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(name.length()).strip().split("\\s+"))
          .mapToDouble(words -> Double.parseDouble(words[0]))
          .findFirst()
          .orElseThrow(() -> new IOException(file + " has no " + name));
    }
  }

  private static double count(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.count();
    }
  }

  /** Of all hierarchies; /proc/cgroups has the third column for that. */
  private static double cgroups() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cgroups"))) {
      return lines
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\\s+"))
          .mapToDouble(words -> Double.parseDouble(words[2]))
          .sum();
    }
  }
}
