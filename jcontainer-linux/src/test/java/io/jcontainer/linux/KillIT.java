package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.StaticElf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * JVMs that die or are stopped at random moments while they have many containers, and others that
 * share the state directory with them. CI kills 20, dev/kill-test 200.
 */
@Tag("every-jdk")
@Timeout(3600)
class KillIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int KILLS = Integer.getInteger("jcontainer.kills", 4);
  private static final int SECONDS_STOPPED = Integer.getInteger("jcontainer.stopped", 2);

  private final long seed = Long.getLong("jcontainer.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private Path directory;
  private Path root;
  private Path state;
  private TestImages images;

  @BeforeEach
  void makeRoot(@HostRootedTempDir Path empty) throws IOException {
    directory = empty;
    System.out.println("KillIT: -Djcontainer.seed=" + seed);
    root = Files.createDirectory(directory.resolve("root"));
    StaticElf.waiting().writeTo(root.resolve("wait"));
    Files.writeString(root.resolve("file"), "copied\n".repeat(10_000));
    state = directory.resolve("state");
    images = new TestImages(Files.createDirectory(directory.resolve("images")));
    images.put(BusyJvm.IMAGE, TestImages.execution("", List.of(), List.of(), List.of(), ""), root);
  }

  private BusyJvm busy() {
    return BusyJvm.start(
        state, root, directory.resolve("images"), UUID.randomUUID().toString(), random.nextLong());
  }

  @Test
  void a_jvm_that_is_killed_at_any_moment_leaves_nothing_and_disturbs_no_other()
      throws IOException {
    List<BusyJvm> jvms = new ArrayList<>(List.of(busy(), busy()));
    try {
      for (BusyJvm jvm : jvms) {
        jvm.awaitReady(LONG);
      }
      for (int i = 0; i < KILLS; i++) {
        BusyJvm victim = jvms.remove(0);
        LockSupport.parkNanos(random.nextInt(300_000_000));
        victim.jvm().kill9();

        assertDead(victim, i);
        jvms.get(0).awaitProgress(LONG);
        BusyJvm next = busy();
        jvms.add(next);
        if (random.nextInt(4) > 0) { // else it is killed while it makes its first
          next.awaitReady(LONG);
        }
      }
    } finally {
      jvms.forEach(BusyJvm::close);
    }
    for (BusyJvm jvm : jvms) {
      assertDead(jvm, KILLS);
    }
    assertThat(namesAfterAStart(state)).isEqualTo(namesAfterAStart(directory.resolve("other")));
    assertNothingIsLeftOfTheImage();
  }

  /** Nobody holds its layer any more, and nothing lies beside it. */
  private void assertNothingIsLeftOfTheImage() throws IOException {
    images.store().images().forEach(images.store()::remove);
    try (ContainerRuntime clean = images.runtime()) {
      assertThat(clean.pruneLayers()).isEqualTo(1);
    }
    try (Stream<Path> layers = Files.walk(images.layers())) {
      assertThat(layers.filter(Files::isRegularFile)).isEmpty();
    }
  }

  private void assertDead(BusyJvm jvm, int round) {
    assertThat(Poll.until(LONG, () -> left(jvm.mark()).isEmpty()))
        .as("seed %d, round %d: %s", seed, round, left(jvm.mark()))
        .isTrue();
  }

  /** Containers, and those that were on their way there: launchers that nobody has a use for. */
  private static List<String> left(String mark) {
    List<String> left = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : (Iterable<Path>) processes::iterator) {
        String name = process.getFileName().toString();
        if (name.chars().allMatch(Character::isDigit)) {
          long pid = Long.parseLong(name);
          commandLine(pid).filter(it -> isLeft(pid, it, mark)).ifPresent(left::add);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return left;
  }

  private static Optional<String> commandLine(long pid) {
    try {
      return Optional.of(ProcFs.commandLine(pid)).filter(line -> !line.isEmpty());
    } catch (UncheckedIOException e) {
      return Optional.empty(); // it has ended meanwhile
    }
  }

  private static boolean isLeft(long pid, String line, String mark) {
    return line.contains(mark) || (line.startsWith("jcontainer") && isOrphan(pid));
  }

  private static boolean isOrphan(long pid) {
    return ProcFs.stat(pid)
        .map(ProcStat::parent)
        .flatMap(ProcFs::stat)
        .filter(parent -> parent.comm().equals("java"))
        .isEmpty();
  }

  /** What lies in a state directory after a JVM has had its first container there, and its last. */
  private List<String> namesAfterAStart(Path path) throws IOException {
    try (ContainerRuntime clean =
        ContainerRuntime.create(RuntimeOptions.defaults().withStateDirectory(path))) {
      clean.start(spec()).close();
      clean.start(inspectable()).close();
      assertThat(clean.containers()).isEmpty();
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** The first of these in a JVM removes the records that dead ones have left. */
  private ContainerSpec inspectable() {
    return spec().toBuilder().rootfs(LayeredRootfs.directory(root).inspectable()).build();
  }

  private ContainerSpec spec() {
    return ContainerSpec.builder().rootfs(LayeredRootfs.directory(root)).command("/wait").build();
  }

  @Test
  void a_jvm_that_is_stopped_is_in_nobodys_way_and_finds_its_containers_again()
      throws IOException, InterruptedException {
    try (BusyJvm stopped = busy();
        ContainerRuntime other =
            ContainerRuntime.create(RuntimeOptions.defaults().withStateDirectory(state))) {
      stopped.awaitReady(LONG);
      LockSupport.parkNanos(random.nextInt(300_000_000));
      send("STOP", stopped);
      long end = System.nanoTime() + Duration.ofSeconds(SECONDS_STOPPED).toNanos();
      do {
        try (Container container = other.start(spec().toBuilder().name("mine").build())) {
          assertThat(other.find("mine")).as("seed %d", seed).isPresent();
          assertThat(other.containers()).as("seed %d", seed).hasSizeGreaterThan(BusyJvm.ALIVE - 2);
          assertThat(container.isAlive()).isTrue();
        }
      } while (System.nanoTime() - end < 0);
      send("CONT", stopped);

      stopped.awaitProgress(LONG);
    }
  }

  private static void send(String signal, BusyJvm jvm) throws IOException, InterruptedException {
    int code =
        new ProcessBuilder("kill", "-" + signal, Long.toString(jvm.jvm().pid())).start().waitFor();
    assertThat(code).isZero();
  }
}
