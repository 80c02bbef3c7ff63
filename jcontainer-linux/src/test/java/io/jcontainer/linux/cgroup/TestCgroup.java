package io.jcontainer.linux.cgroup;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A cgroup of a test's own, below that of this JVM. Closing it kills who is in it. */
final class TestCgroup implements AutoCloseable {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final CgroupDirectory directory;
  private final List<Process> processes = new ArrayList<>();

  private TestCgroup(Hierarchy hierarchy) throws IOException {
    Path path =
        hierarchy
            .ownDirectory()
            .resolve("jcontainer-test-" + ProcFs.ownPid() + "-" + NEXT.incrementAndGet());
    Set<Controller> controllers = EnumSet.copyOf(hierarchy.controllers());
    directory = new CgroupDirectory(hierarchy.version(), controllers, Files.createDirectory(path));
  }

  /** In the hierarchy of this version that has a controller; a test is skipped if none has. */
  static TestCgroup of(Version version, Controller controller) throws IOException {
    Optional<Hierarchy> hierarchy =
        Hierarchies.look().all().stream()
            .filter(each -> each.version() == version && each.controllers().contains(controller))
            .findFirst();
    assumeTrue(hierarchy.isPresent(), "no hierarchy of " + version + " has " + controller);
    return new TestCgroup(hierarchy.orElseThrow());
  }

  CgroupDirectory directory() {
    return directory;
  }

  Path path() {
    return directory.path();
  }

  /** Starts a script of the shell in it, or in one below, which is made. */
  Process start(String below, String script) throws IOException {
    Path cgroup = Files.createDirectories(path().resolve(below));
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "echo 0 >\"$1\"/cgroup.procs || exit\n" + script,
                "sh",
                cgroup.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    processes.add(process);
    return process;
  }

  /** Those in it and below. */
  List<Long> pids() {
    try (Stream<Path> files = Files.walk(path())) {
      List<Long> pids = new ArrayList<>();
      for (Path file : files.filter(each -> each.endsWith("cgroup.procs")).toList()) {
        Files.readString(file).lines().map(Long::valueOf).forEach(pids::add);
      }
      return pids;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until so many processes are in it. */
  void awaitPids(int count) {
    if (!Poll.until(LONG, () -> pids().size() == count)) {
      throw new AssertionError("there are " + pids());
    }
  }

  String read(String file) throws IOException {
    return Files.readString(path().resolve(file)).strip();
  }

  void write(String file, String value) throws IOException {
    Files.writeString(path().resolve(file), value);
  }

  @Override
  public void close() throws IOException {
    thaw();
    boolean empty =
        Poll.until(
            LONG,
            () -> {
              pids()
                  .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
              return pids().isEmpty();
            });
    if (!empty) {
      throw new AssertionError("still there: " + pids());
    }
    for (Process process : processes) {
      process.destroyForcibly();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    removeTree();
  }

  private void thaw() throws IOException {
    for (String[] thaw : new String[][] {{"freezer.state", "THAWED"}, {"cgroup.freeze", "0"}}) {
      if (Files.exists(path().resolve(thaw[0]))) {
        write(thaw[0], thaw[1]);
      }
    }
  }

  private void removeTree() throws IOException {
    List<Path> directories;
    try (Stream<Path> all = Files.walk(path())) {
      directories = new ArrayList<>(all.filter(Files::isDirectory).toList());
    }
    for (int i = directories.size() - 1; i >= 0; i--) {
      Path each = directories.get(i);
      if (!Poll.until(LONG, () -> remove(each))) {
        throw new AssertionError("cannot be removed: " + each);
      }
    }
  }

  /** A cgroup stays busy for a moment after its last process. */
  private static boolean remove(Path cgroup) {
    try {
      Files.deleteIfExists(cgroup);
      return true;
    } catch (DirectoryNotEmptyException e) {
      throw new UncheckedIOException(e);
    } catch (IOException e) {
      return false;
    }
  }
}
