package io.jcontainer.linux.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesRecordTest {
  private static final String ID = "3963a06b564a";

  /** Greater than any process number that the kernel gives. */
  private static final int NOBODY = 1 << 23;

  private static final int O_RDONLY = 0;

  @TempDir Path directory;
  private StateDirectory state;

  @BeforeEach
  void state() {
    state = StateDirectory.at(directory.resolve("state"), new JnaKernel().effectiveUserId());
  }

  private static FilesRecord record(int owner, long start) {
    return new FilesRecord(
        owner,
        start,
        7,
        8,
        9,
        null,
        List.of(Path.of("/low"), Path.of("/high\u00e4")),
        true,
        new RootAttributes(01777, 5, 4_000_000_000L),
        List.of("proc"),
        "example.org/a:1",
        null);
  }

  private static FilesRecord ours() {
    int self = (int) ProcessHandle.current().pid();
    return record(self, RunningProcess.startTime(self).orElseThrow());
  }

  /** One of a directory which is open here, and what its descriptor is said to be. */
  private static FilesRecord of(Fd scratch, int number, int owner, long start) throws IOException {
    FilesRecord.Identity identity = FilesRecord.Identity.of(scratch);
    return new FilesRecord(
        owner,
        start,
        number,
        identity.device(),
        identity.inode(),
        null,
        List.of(),
        false,
        RootAttributes.USUAL,
        List.of(),
        null,
        null);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(state.path())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void it_is_read_as_it_was_written_until_it_is_removed() throws IOException {
    assertThat(FilesRecord.read(state, ID)).isEmpty();
    FilesRecord record = ours();

    record.write(state, ID);
    assertThat(FilesRecord.read(state, ID)).contains(record);

    FilesRecord.remove(state, ID);
    assertThat(FilesRecord.read(state, ID)).isEmpty();
    assertThat(files()).isEmpty();
  }

  @Test
  void what_cannot_be_written_leaves_nothing() throws IOException {
    Files.createDirectories(state.made().resolve("files-" + ID + "/in-the-way"));

    assertThatThrownBy(() -> ours().write(state, ID))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("files-" + ID);

    assertThat(files()).containsExactly("files-" + ID);
  }

  @Test
  void those_of_dead_jvms_are_swept_and_those_of_others_are_not() throws IOException {
    FilesRecord ours = ours();
    ours.write(state, ID);
    record(NOBODY, 1).write(state, "d");
    record(ours.owner(), ours.ownerStart() + 1).write(state, "e"); // its number has come again

    assertThat(FilesRecord.sweep(state))
        .containsExactlyInAnyOrder(
            state.path().resolve("files-d"), state.path().resolve("files-e"));
    assertThat(files()).containsExactly("files-" + ID);
  }

  /** Killed behind open(2), and before write(2). */
  @Test
  void what_a_dead_jvm_had_not_finished_is_swept_and_what_a_living_one_writes_is_not()
      throws IOException {
    FilesRecord ours = ours();
    String living = "files-new-" + ours.owner() + "-" + ours.ownerStart() + "-" + ID;
    Files.createFile(state.made().resolve(living));
    Files.createFile(state.path().resolve("files-new-" + NOBODY + "-1-" + ID));

    assertThat(FilesRecord.sweep(state)).hasSize(1);
    assertThat(files()).containsExactly(living);
  }

  @Test
  void one_that_cannot_be_read_is_in_nobodys_way_and_the_version_of_a_dead_ones_does_not_matter()
      throws IOException {
    Files.createFile(state.made().resolve("files-empty"));
    record(NOBODY, 1).write(state, ID);
    Path later = state.path().resolve("files-" + ID);
    byte[] bytes = Files.readAllBytes(later);
    bytes[3]++;
    Files.write(later, bytes);

    assertThat(FilesRecord.sweep(state)).containsExactly(later);
    assertThat(files()).containsExactly("files-empty");
  }

  @Test
  void the_descriptor_of_its_owner_is_opened_and_one_that_has_its_number_by_now_is_not()
      throws IOException {
    Kernel kernel = new JnaKernel();
    Path other = Files.createDirectory(directory.resolve("other"));
    FilesRecord ours = ours();
    FilesRecord record;
    try (Fd scratch = kernel.open(directory.toString(), O_RDONLY)) {
      record = of(scratch, scratch.number(), ours.owner(), ours.ownerStart());
      record.write(state, ID);
      try (Fd opened = record.openScratch(kernel, state, ID).orElseThrow()) {
        assertThat(Path.of(opened.path()).toRealPath()).isEqualTo(directory.toRealPath());
      }
      try (Fd another = kernel.open(other.toString(), O_RDONLY)) {
        FilesRecord moved = of(scratch, another.number(), ours.owner(), ours.ownerStart());
        moved.write(state, ID);
        assertThat(moved.openScratch(kernel, state, ID)).isEmpty();
      }
    }
    record.write(state, ID);
    assertThat(record.openScratch(kernel, state, ID)).as("closed").isEmpty();
  }

  /** A file system in memory has the device and the inodes of one that is no more. */
  @Test
  void where_all_numbers_have_come_again_the_record_and_the_start_of_its_owner_tell()
      throws IOException {
    Kernel kernel = new JnaKernel();
    FilesRecord ours = ours();
    try (Fd scratch = kernel.open(directory.toString(), O_RDONLY)) {
      FilesRecord record = of(scratch, scratch.number(), ours.owner(), ours.ownerStart());
      assertThat(record.openScratch(kernel, state, ID)).as("its record is removed").isEmpty();

      FilesRecord earlier = of(scratch, scratch.number(), ours.owner(), ours.ownerStart() - 1);
      earlier.write(state, ID);
      assertThat(earlier.openScratch(kernel, state, ID)).as("its owner has ended").isEmpty();
    }
  }

  /** Their descriptors belong to root: to open one as another user is EACCES. */
  @Test
  void an_owner_whose_number_is_anothers_or_who_is_not_reaped_yet_has_ended() throws Exception {
    Kernel kernel = new JnaKernel();
    FilesRecord init = record(1, RunningProcess.startTime(1).orElseThrow() + 1);
    init.write(state, ID);
    assertThat(init.openScratch(kernel, state, ID)).isEmpty();

    // The shell becomes a program that waits for none of its children.
    Process parent = new ProcessBuilder("sh", "-c", "sleep 60 & echo $!; exec cat").start();
    try (var lines = parent.inputReader();
        var answer = parent.outputWriter()) {
      int child = Integer.parseInt(lines.readLine());
      answer.write("it is cat\n");
      answer.flush();
      assertThat(lines.readLine()).isEqualTo("it is cat");
      long started = RunningProcess.startTime(child).orElseThrow();
      ProcessHandle.of(child).orElseThrow().destroyForcibly();
      try (Fd pidfd = kernel.pidfd(child)) {
        assertThat(RunningProcess.hasEnded(kernel, pidfd, -1)).isTrue();
      }
      FilesRecord record = record(child, started);
      record.write(state, ID);
      assertThat(record.openScratch(kernel, state, ID)).isEmpty();
    } finally {
      parent.destroyForcibly();
    }
  }
}
