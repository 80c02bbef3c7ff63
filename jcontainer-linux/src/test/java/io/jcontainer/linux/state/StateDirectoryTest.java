package io.jcontainer.linux.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.HostUnsupportedException;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A state directory that others can reach into would let them put files under the runtime. */
class StateDirectoryTest {
  private static final byte[] PROGRAM = "program".getBytes(StandardCharsets.US_ASCII);

  @TempDir private Path parent = Path.of("");
  private final Kernel kernel = new JnaKernel();
  private int uid;

  @BeforeEach
  void whoAmI() throws IOException {
    uid = (Integer) Files.getAttribute(parent, "unix:uid");
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
  }

  private void refused(Path path, int user, String says) {
    assertThatThrownBy(() -> StateDirectory.at(path, user))
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining(says)
        .hasMessageContaining("withStateDirectory");
  }

  @Test
  void a_new_one_is_closed_to_all_others() throws IOException {
    Path path = parent.resolve("a/b/state");

    assertThat(StateDirectory.at(path, uid).path()).isEqualTo(path);

    assertThat(path).isDirectory();
    assertThat(mode(path)).isEqualTo("rwx------");
  }

  @Test
  void one_that_is_ours_and_closed_to_others_is_taken_as_it_is() throws IOException {
    Path path = parent.resolve("state");
    StateDirectory.at(path, uid);
    Files.writeString(path.resolve("file"), "kept");

    StateDirectory.at(path, uid);

    assertThat(path.resolve("file")).hasContent("kept");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rwxr-xr-x", "rwxrwxrwx", "rwx--x---", "rwx-----x", "rwx---r--", "rwx----w-"})
  void one_that_others_can_reach_into_is_refused(String mode) throws IOException {
    Path path = Files.createDirectory(parent.resolve("state"));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));

    refused(path, uid, "0700");
    assertThat(mode(path)).as("and not changed").isEqualTo(mode);
  }

  @Test
  void one_of_another_user_is_refused() throws IOException {
    Path path = parent.resolve("state");
    StateDirectory.at(path, uid);

    refused(path, uid + 1, "user " + (uid + 1) + " with mode 0700, but has owner " + uid);
  }

  @Test
  void a_link_is_refused_wherever_it_leads() throws IOException {
    Path target = parent.resolve("target");
    StateDirectory.at(target, uid);
    Path link = Files.createSymbolicLink(parent.resolve("link"), target);
    Path dangling = Files.createSymbolicLink(parent.resolve("dangling"), parent.resolve("none"));

    refused(link, uid, "must be a directory");
    refused(dangling, uid, "must be a directory");
    assertThat(parent.resolve("none")).doesNotExist();
  }

  @Test
  void a_file_in_its_place_is_refused() throws IOException {
    Path file = Files.createFile(parent.resolve("state"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));

    refused(file, uid, "must be a directory");
  }

  @Test
  void one_that_cannot_be_made_is_told_with_what_to_do() throws IOException {
    Path file = Files.createFile(parent.resolve("file"));

    refused(file.resolve("state"), uid, "file");
  }

  @Test
  void the_usual_one_lies_where_the_session_keeps_its_own() {
    assertThat(StateDirectory.usual(1000, Map.of("XDG_RUNTIME_DIR", "/run/user/1000")).path())
        .isEqualTo(Path.of("/run/user/1000/jcontainer"));
    assertThat(StateDirectory.usual(1000, Map.of("XDG_RUNTIME_DIR", "relative")).path())
        .isEqualTo(Path.of(System.getProperty("java.io.tmpdir"), "jcontainer-1000"));
  }

  @Test
  void roots_does_not_depend_on_an_environment_that_sudo_has_kept() {
    assertThat(StateDirectory.usual(0, Map.of()).path()).isEqualTo(Path.of("/run/jcontainer"));
    assertThat(StateDirectory.usual(0, Map.of("XDG_RUNTIME_DIR", "/run/user/1000")).path())
        .isEqualTo(Path.of("/run/jcontainer"));
  }

  @Test
  void the_usual_one_is_not_made_before_it_is_needed() {
    StateDirectory.usual(1000, Map.of("XDG_RUNTIME_DIR", parent.toString()));

    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void a_program_can_be_executed_and_not_be_written_by_its_owner_alone() throws IOException {
    StateDirectory directory = StateDirectory.at(parent.resolve("state"), uid);

    Path file = Path.of(directory.executable(kernel, "launcher", PROGRAM));

    assertThat(file).isEqualTo(parent.resolve("state/launcher")).hasBinaryContent(PROGRAM);
    assertThat(mode(file)).isEqualTo("r-x------");
    try (Stream<Path> files = Files.list(parent.resolve("state"))) {
      assertThat(files).as("no temporary files").containsExactly(file);
    }
  }

  @Test
  void a_program_of_the_same_content_is_not_written_again() throws IOException {
    StateDirectory directory = StateDirectory.at(parent.resolve("state"), uid);
    Path file = Path.of(directory.executable(kernel, "launcher", PROGRAM));
    Object inode = Files.getAttribute(file, "unix:ino");

    directory.executable(kernel, "launcher", PROGRAM);

    assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
  }

  /** Overwriting would be ETXTBSY, or would change what another JVM is about to execute. */
  @Test
  void a_program_of_another_content_is_replaced_and_not_overwritten() throws IOException {
    StateDirectory directory = StateDirectory.at(parent.resolve("state"), uid);
    Path file = Path.of(directory.executable(kernel, "launcher", PROGRAM));
    Path old = Files.createLink(parent.resolve("old"), file);

    directory.executable(kernel, "launcher", new byte[] {1, 2});

    assertThat(file).hasBinaryContent(new byte[] {1, 2});
    assertThat(mode(file)).isEqualTo("r-x------");
    assertThat(old).hasBinaryContent(PROGRAM);
  }

  @Test
  void what_a_killed_jvm_has_left_of_a_program_is_deleted_and_what_another_writes_is_not()
      throws IOException {
    StateDirectory directory = StateDirectory.at(parent.resolve("state"), uid);
    Path program = Path.of(directory.executable(kernel, "launcher", PROGRAM));
    Path left = Files.write(directory.path().resolve("launcher1.new"), new byte[] {1});
    Path written = Files.write(directory.path().resolve("launcher2.new"), new byte[] {1});
    try (Fd lock = kernel.open(written.toString(), 0)) {
      assertThat(kernel.lock(lock, true, false)).isTrue();

      ProgramFile.sweep(kernel, directory.path());

      assertThat(left).doesNotExist();
      assertThat(written).exists();
    }
    ProgramFile.sweep(kernel, directory.path());
    assertThat(directory.path()).isDirectoryNotContaining("glob:**/*.new");
    assertThat(program).exists();
  }

  @Test
  void whoever_sweeps_is_in_nobodys_way_who_writes_a_program() throws Exception {
    StateDirectory directory = StateDirectory.at(parent.resolve("state"), uid);
    AtomicBoolean done = new AtomicBoolean();
    Thread sweeps =
        new Thread(
            () -> {
              while (!done.get()) {
                ProgramFile.sweep(kernel, directory.path());
              }
            });
    sweeps.start();
    try {
      for (int i = 0; i < 2000; i++) {
        byte[] content = {(byte) i, (byte) (i >> 8)};
        assertThat(Path.of(directory.executable(kernel, "launcher", content)))
            .as("in round %d", i)
            .hasBinaryContent(content);
      }
    } finally {
      done.set(true);
      sweeps.join();
    }
    assertThat(directory.path()).isDirectoryNotContaining("glob:**/*.new");
  }

  @Test
  void a_directory_that_was_opened_to_others_meanwhile_is_no_longer_used() throws IOException {
    StateDirectory directory = StateDirectory.at(parent.resolve("state"), uid);
    Files.setPosixFilePermissions(
        parent.resolve("state"), PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThatThrownBy(() -> directory.executable(kernel, "launcher", PROGRAM))
        .isInstanceOf(HostUnsupportedException.class);
  }
}
