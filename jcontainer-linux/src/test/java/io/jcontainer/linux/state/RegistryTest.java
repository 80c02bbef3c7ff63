package io.jcontainer.linux.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerException;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two registries of one directory, as two JVMs have them: a lock is of the open file. */
@Timeout(60)
class RegistryTest {
  private static final Optional<String> WEB = Optional.of("web");

  @TempDir private Path parent = Path.of("");
  private final Kernel kernel = new JnaKernel();
  private final int uid = kernel.effectiveUserId();
  private final int self = Math.toIntExact(ProcessHandle.current().pid());
  private StateDirectory state = StateDirectory.usual(0, java.util.Map.of());
  private Registry ours = new Registry(kernel, state, uid, self);
  private Registry theirs = ours;

  @BeforeEach
  void open() {
    state = StateDirectory.at(parent.resolve("state"), uid);
    ours = new Registry(kernel, state, uid, self);
    theirs = new Registry(kernel, state, uid, self);
  }

  @AfterEach
  void close() {
    ours.close();
    theirs.close();
  }

  /** As if the JVM itself were the container. */
  private ContainerRecord record(String id, Optional<String> name) {
    ContainerRecord sample = RecordCodecTest.command(List.of("true"));
    return new ContainerRecord(
        id,
        name,
        self,
        self,
        RunningProcess.startTime(self).orElseThrow(),
        sample.startedAt(),
        sample.stopSignal(),
        false,
        false,
        "/root",
        sample.command());
  }

  /** Until when what happens at the same time is tried over and over: files can be slow. */
  private static long end() {
    return System.nanoTime() + Duration.ofSeconds(10).toNanos();
  }

  private static String id(int number) {
    return "%012x".formatted(number);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(state.path())) {
      return files.filter(file -> file.getFileName().toString().startsWith("containers-")).toList();
    }
  }

  @Test
  void nothing_is_made_before_the_first_container() throws IOException {
    assertThat(ours.others()).isEmpty();
    assertThat(files()).isEmpty();

    ours.enter(id(1), Optional.empty()).close();

    assertThat(files()).hasSize(1);
    assertThat(Files.getPosixFilePermissions(files().get(0)))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    ours.close();
    assertThat(files()).isEmpty();
  }

  @Test
  void a_container_is_listed_by_others_from_its_record_to_its_end() {
    Registry.Entry entry = ours.enter(id(1), Optional.empty());
    assertThat(theirs.others()).isEmpty();

    entry.publish(record(id(1), Optional.empty()));
    assertThat(theirs.others()).containsExactly(record(id(1), Optional.empty()));
    assertThat(ours.others()).as("its own are known to it").isEmpty();

    entry.close();
    entry.close();
    assertThat(theirs.others()).isEmpty();
  }

  @Test
  void a_slot_is_used_again() throws IOException {
    for (int i = 0; i < 100; i++) {
      Registry.Entry entry = ours.enter(id(i), Optional.empty());
      entry.publish(record(id(i), Optional.empty()));
      entry.close();
    }
    assertThat(files().get(0)).hasSize(RecordCodec.SLOT);
  }

  @Test
  void a_thousand_are_listed() {
    List<Registry.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Registry.Entry entry = ours.enter(id(i), Optional.empty());
      entry.publish(record(id(i), Optional.empty()));
      entries.add(entry);
    }
    assertThat(theirs.others()).hasSize(1000);
    entries.subList(0, 999).forEach(Registry.Entry::close);
    assertThat(theirs.others()).extracting(ContainerRecord::id).containsExactly(id(999));
  }

  @Test
  void a_record_whose_process_has_ended_or_is_another_is_not_listed() {
    ContainerRecord other = record(id(1), WEB);
    ContainerRecord reused =
        new ContainerRecord(
            other.id(),
            other.name(),
            other.owner(),
            other.pid(),
            other.startTime() + 1,
            other.startedAt(),
            other.stopSignal(),
            other.init(),
            other.reaper(),
            other.home(),
            other.command());
    ours.enter(id(1), WEB).publish(reused);

    assertThat(theirs.others()).isEmpty();
  }

  @Test
  void a_name_is_taken_before_the_start_and_free_after_the_end() {
    Registry.Entry entry = ours.enter(id(1), WEB);
    String message =
        "name: \"web\" is the name of container 000000000001, which JVM %d has started"
            .formatted(self);
    for (Registry registry : List.of(ours, theirs)) {
      assertThatThrownBy(() -> registry.enter(id(2), WEB))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessage(message);
    }
    assertThat(theirs.others()).as("it is no container yet").isEmpty();

    entry.publish(record(id(1), WEB));
    assertThatThrownBy(() -> theirs.enter(id(2), WEB)).hasMessage(message);
    theirs.enter(id(2), Optional.of("other")).close();

    entry.close();
    theirs.enter(id(2), WEB).close();
    assertThat(state.path()).isDirectoryNotContaining("glob:**/name-*");
  }

  @Test
  void a_name_that_a_killed_jvm_has_left_is_free() throws IOException {
    Path left =
        hostile("name-web", "container 000000000009, which JVM 1 has started".getBytes(UTF_8));

    try (Registry.Entry entry = ours.enter(id(1), WEB)) {
      assertThat(left).content().startsWith("container 000000000001, which JVM " + self);
    }
    assertThat(left).doesNotExist();
  }

  @Test
  void the_first_container_of_a_runtime_sweeps_what_dead_jvms_have_left_and_nothing_else()
      throws IOException {
    Registry.Entry alive = theirs.enter(id(1), Optional.of("alive"));
    alive.publish(record(id(1), Optional.of("alive")));
    hostile("containers-1-dead", RecordCodec.encode(record(id(9), WEB)));
    hostile("name-web", "container 000000000009, which JVM 1 has started".getBytes(UTF_8));
    Path others = hostile("launcher", new byte[] {1});
    hostile("launcher1.new", new byte[] {1});
    Path link = Files.createSymbolicLink(state.path().resolve("name-link"), others);

    try (Registry.Entry entry = ours.enter(id(2), Optional.empty())) {
      assertThat(state.path()).isDirectoryNotContaining("glob:**/*-dead");
      assertThat(state.path()).isDirectoryNotContaining("glob:**/name-web");
      assertThat(state.path()).isDirectoryNotContaining("glob:**/*.new");
      assertThat(state.path()).isDirectoryContaining("glob:**/name-alive");
      assertThat(files()).hasSize(2);
      assertThat(others).exists();
      assertThat(link).isSymbolicLink();
      assertThat(ours.others()).extracting(ContainerRecord::id).containsExactly(id(1));
    }
    alive.close();
  }

  @Test
  void a_sweep_tells_what_it_has_removed_and_leaves_what_is_alive() throws IOException {
    Registry.Entry alive = theirs.enter(id(1), Optional.of("alive"));
    Path record = hostile("containers-1-dead", RecordCodec.encode(record(id(9), WEB)));
    Path name =
        hostile("name-web", "container 000000000009, which JVM 1 has started".getBytes(UTF_8));

    Path program = hostile("launcher1.new", new byte[] {1});

    assertThat(ours.sweep()).containsExactlyInAnyOrder(record, name, program);
    assertThat(ours.sweep()).isEmpty();
    assertThat(record).doesNotExist();
    assertThat(name).doesNotExist();
    assertThat(program).doesNotExist();
    assertThat(state.path()).isDirectoryContaining("glob:**/name-alive");
    alive.close();
  }

  @Test
  void whoever_sweeps_is_in_nobodys_way_who_takes_a_name() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Thread sweeps =
        new Thread(
            () -> {
              while (!done.get()) {
                NameFile.sweep(kernel, state.path());
              }
            });
    sweeps.start();
    byte[] dead = "container 000000000009, which JVM 4194305 has started".getBytes(UTF_8);
    try {
      long end = end();
      for (int i = 0; i < 2000 && System.nanoTime() - end < 0; i++) {
        Path left = state.path().resolve("name-web");
        Files.write(left, dead);
        try (Registry.Entry entry = ours.enter(id(i), WEB)) {
          assertThat(left).as("in round %d", i).exists();
        }
      }
    } finally {
      done.set(true);
      sweeps.join();
    }
  }

  /** As one that is stopped: nobody waits for it. */
  @Test
  void a_name_whose_holder_does_not_say_who_it_is_is_refused() throws IOException {
    try (Fd held = kernel.open(hostile("name-web", new byte[0]).toString(), 0)) {
      kernel.lock(held, true, true);

      assertThatThrownBy(() -> ours.enter(id(1), WEB))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessage("name: \"web\" is the name of a container that is being started");
    }
    ours.enter(id(1), WEB).close();
  }

  @Test
  void a_name_is_not_written_through_a_link() throws IOException {
    Path target = Files.writeString(parent.resolve("target"), "untouched");
    Files.createSymbolicLink(state.path().resolve("name-web"), target);

    assertThatThrownBy(() -> ours.enter(id(1), WEB))
        .isInstanceOf(ContainerException.class)
        .hasMessageContaining(
            "the name \"web\" cannot be given in the state directory " + state.path())
        .hasMessageContaining("ELOOP");
    assertThat(target).hasContent("untouched");
  }

  @Test
  void after_the_directory_was_removed_containers_are_listed_in_another() throws IOException {
    Registry.Entry before = ours.enter(id(1), WEB);
    before.publish(record(id(1), WEB));
    for (Path each : children()) {
      Files.delete(each);
    }
    Files.delete(state.path());

    Registry.Entry after = ours.enter(id(2), Optional.of("other"));
    after.publish(record(id(2), Optional.of("other")));

    assertThat(theirs.others()).extracting(ContainerRecord::id).containsExactly(id(2));
    assertThat(ours.others()).isEmpty();
    before.close();
    after.close();
    ours.close();
    assertThat(children()).isEmpty();
  }

  private List<Path> children() throws IOException {
    try (Stream<Path> files = Files.list(state.path())) {
      return files.toList();
    }
  }

  @Test
  void of_those_that_claim_a_name_at_once_one_has_it() throws Exception {
    AtomicInteger holders = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    long end = end();
    for (Registry registry : List.of(ours, theirs)) {
      Thread claims =
          new Thread(
              () -> {
                for (int i = 0; i < 2000 && System.nanoTime() - end < 0; i++) {
                  try (Registry.Entry entry = registry.enter(id(i), WEB)) {
                    most.accumulateAndGet(holders.incrementAndGet(), Math::max);
                    holders.decrementAndGet();
                  } catch (InvalidSpecException e) {
                    Thread.onSpinWait(); // the other has it
                  }
                }
              });
      claims.start();
      threads.add(claims);
    }
    for (Thread claims : threads) {
      claims.join();
    }
    assertThat(most).hasValue(1);
  }

  @Test
  void a_file_that_nobody_has_locked_is_deleted_unread() throws IOException {
    Path dead = hostile("containers-1-dead", RecordCodec.encode(record(id(1), WEB)));

    assertThat(ours.others()).isEmpty();

    assertThat(dead).doesNotExist();
  }

  /** Between the two, others may take a file that was made but is not locked yet for a dead one. */
  @Test
  void a_file_that_is_being_made_is_not_taken_from_its_runtime() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Thread looks =
        new Thread(
            () -> {
              while (!done.get()) {
                theirs.others();
              }
            });
    looks.start();
    try {
      long end = end();
      for (int i = 0; i < 2000 && System.nanoTime() - end < 0; i++) {
        try (Registry fresh = new Registry(kernel, state, uid, self)) {
          fresh.enter(id(i), Optional.empty()).publish(record(id(i), Optional.empty()));
          assertThat(files()).as("in round %d", i).hasSize(1);
        }
      }
    } finally {
      done.set(true);
      looks.join();
    }
  }

  private Path hostile(String name, byte[] content) throws IOException {
    Path file =
        Files.createFile(
            state.path().resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.write(file, content);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 1023, 1025, 3000})
  void a_file_that_is_cut_off_or_holds_anything_lists_what_is_right_in_it(int length)
      throws IOException {
    ours.enter(id(1), Optional.empty()).publish(record(id(1), Optional.empty()));
    try (RandomAccessFile file = new RandomAccessFile(files().get(0).toFile(), "rw")) {
      file.setLength(length);
      file.seek(Math.min(length, RecordCodec.SLOT));
      file.write(new byte[Math.max(0, length - RecordCodec.SLOT)]);
    }
    assertThat(theirs.others()).hasSize(length < RecordCodec.SLOT ? 0 : 1);
  }

  @Test
  void a_file_of_a_terabyte_is_read_only_as_far_as_a_runtime_writes() throws IOException {
    ours.enter(id(1), Optional.empty()).publish(record(id(1), Optional.empty()));
    try (RandomAccessFile file = new RandomAccessFile(files().get(0).toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    assertThat(theirs.others()).hasSize(1);
  }

  @Test
  void what_is_no_file_of_this_user_alone_is_neither_read_nor_deleted() throws Exception {
    byte[] content = RecordCodec.encode(record(id(1), WEB));
    Path shared = hostile("containers-1-shared", content);
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rw-r--r--"));
    Path target = Files.write(parent.resolve("target"), content);
    Path link = Files.createSymbolicLink(state.path().resolve("containers-1-link"), target);
    Path directory = Files.createDirectory(state.path().resolve("containers-1-directory"));
    Path fifo = state.path().resolve("containers-1-fifo");
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", fifo.toString()).start().waitFor())
        .isZero();

    assertThat(ours.others()).isEmpty();

    assertThat(List.of(shared, target, directory, fifo)).allMatch(Files::exists);
    assertThat(link).isSymbolicLink();
  }

  @Test
  void a_file_of_another_user_is_neither_read_nor_deleted() throws IOException {
    Registry otherUsers = new Registry(kernel, state, uid + 1, self);
    Path file = hostile("containers-1-x", RecordCodec.encode(record(id(1), WEB)));

    assertThat(otherUsers.others()).isEmpty();

    assertThat(file).exists();
  }

  @Test
  void without_a_directory_a_container_is_not_listed_and_one_with_a_name_is_refused()
      throws IOException {
    Path file = Files.createFile(parent.resolve("file"));
    StateDirectory none =
        StateDirectory.usual(1000, java.util.Map.of("XDG_RUNTIME_DIR", file.toString()));
    try (Registry blind = new Registry(kernel, none, uid, self)) {
      Registry.Entry entry = blind.enter(id(1), Optional.empty());
      entry.publish(record(id(1), Optional.empty()));
      entry.close();

      assertThat(blind.others()).isEmpty();
      assertThatThrownBy(() -> blind.enter(id(2), WEB))
          .isInstanceOf(HostUnsupportedException.class)
          .hasMessageContaining(file.toString());
    }
  }
}
