package io.jcontainer.linux.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupsFileTest {
  private final Kernel kernel = new JnaKernel();
  @TempDir Path directory;
  private StateDirectory state;

  @BeforeEach
  void state() {
    state = StateDirectory.at(directory.resolve("state"), kernel.effectiveUserId());
  }

  private Path path(String runtime) {
    return state.path().resolve("cgroups-" + runtime);
  }

  /** As a JVM leaves it that is killed. */
  private void abandon(String runtime, String... lines) {
    try (CgroupsFile file = CgroupsFile.create(kernel, state, runtime)) {
      List.of(lines).forEach(file::add);
    }
  }

  @Test
  void lines_are_read_as_they_were_written_also_by_others_while_it_is_in_use() throws IOException {
    try (CgroupsFile file = CgroupsFile.create(kernel, state, "1-a")) {
      file.add("one");
      file.add("two \u00e4");

      assertThat(file.lines()).containsExactly("one", "two \u00e4");
      assertThat(CgroupsFile.readAll(kernel, state)).containsExactly(file.lines());
      file.delete();
    }
    assertThat(CgroupsFile.readAll(kernel, state)).isEmpty();
  }

  @Test
  void only_its_user_can_read_it() throws IOException {
    abandon("1-a");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path("1-a"))))
        .isEqualTo("rw-------");
  }

  @Test
  void one_that_is_in_use_is_not_abandoned_and_one_that_was_closed_is() {
    try (CgroupsFile inUse = CgroupsFile.create(kernel, state, "1-a")) {
      abandon("2-b", "left");

      List<CgroupsFile> abandoned = CgroupsFile.abandoned(kernel, state);
      assertThat(abandoned).extracting(CgroupsFile::toString).containsExactly("" + path("2-b"));
      // Whoever has it has the lock: nobody else sweeps the same.
      assertThat(CgroupsFile.abandoned(kernel, state)).isEmpty();
      abandoned.forEach(CgroupsFile::delete);
      abandoned.forEach(CgroupsFile::close);
      assertThat(path("2-b")).doesNotExist();
      inUse.delete();
    }
  }

  @Test
  void a_line_that_was_not_written_to_its_end_is_none() throws IOException {
    abandon("1-a", "whole");
    Files.writeString(path("1-a"), "half", StandardOpenOption.APPEND);

    assertThat(CgroupsFile.readAll(kernel, state)).containsExactly(List.of("whole"));
    Files.writeString(path("1-a"), "half");
    assertThat(CgroupsFile.readAll(kernel, state)).containsExactly(List.of());
  }

  @Test
  void without_a_state_directory_there_are_none() {
    assertThat(CgroupsFile.readAll(kernel, state)).isEmpty();
    assertThat(CgroupsFile.abandoned(kernel, state)).isEmpty();
  }

  /** Whoever may write there could name any directory, to have it removed by the next runtime. */
  @Test
  void a_file_that_others_can_write_to_a_link_and_a_fifo_are_not_believed() throws Exception {
    abandon("1-a", "ours");
    Files.setPosixFilePermissions(path("1-a"), PosixFilePermissions.fromString("rw-rw----"));
    Path elsewhere = Files.writeString(directory.resolve("elsewhere"), "linked\n");
    Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rw-------"));
    Files.createSymbolicLink(path("2-b"), elsewhere);
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", path("3-c").toString()).start().waitFor())
        .isZero();

    assertThat(CgroupsFile.readAll(kernel, state)).isEmpty();
    assertThat(CgroupsFile.abandoned(kernel, state)).isEmpty();
  }
}
