package io.jcontainer.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A process as /proc tells: proc_pid_stat(5), proc_pid_status(5), proc_pid_cmdline(5).
 *
 * @param parent the parent's number
 * @param pidNamespace what names its pid namespace; empty if this user may not look
 * @param cpu what it has computed
 * @param command its arguments, or its name in brackets if it has none
 */
record HostProcess(
    long pid, long parent, Optional<String> pidNamespace, long uid, Duration cpu, String command) {
  /** USER_HZ, which is 100 on all architectures that Java runs on. */
  private static final long MILLIS_PER_TICK = 10;

  /** Positions in {@code stat} behind the name, which may hold anything. */
  private static final int PPID = 1;

  private static final int UTIME = 11;
  private static final int STIME = 12;

  /** All that there are. */
  static List<HostProcess> all() {
    List<HostProcess> all = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path directory : directories) {
        try {
          all.add(read(directory));
        } catch (IOException e) {
          // It has ended meanwhile.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("/proc cannot be read", e);
    }
    return all;
  }

  private static HostProcess read(Path directory) throws IOException {
    String stat = text(directory.resolve("stat"));
    String[] behind = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    long ticks = Long.parseLong(behind[UTIME]) + Long.parseLong(behind[STIME]);
    String arguments = text(directory.resolve("cmdline")).replace('\0', ' ').stripTrailing();
    return new HostProcess(
        Long.parseLong(directory.getFileName().toString()),
        Long.parseLong(behind[PPID]),
        pidNamespace(directory),
        uid(text(directory.resolve("status"))),
        Duration.ofMillis(ticks * MILLIS_PER_TICK),
        arguments.isEmpty() ? "[" + name + "]" : arguments);
  }

  private static Optional<String> pidNamespace(Path directory) {
    try {
      return Optional.of(Files.readSymbolicLink(directory.resolve("ns/pid")).toString());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The effective one, as ps(1) shows it. */
  private static long uid(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("Uid:"))
        .map(line -> Long.valueOf(line.split("\\s+", -1)[2]))
        .findFirst()
        .orElseThrow();
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
