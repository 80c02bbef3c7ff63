package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.StaticElf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be started, in a root directory that holds nothing else. */
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS})
class FailureIT {
  @TempDir Path root;

  @BeforeEach
  void openRoot() throws IOException {
    // The container's ids are others than the owner's.
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void a_program_of_the_root_directory_runs() {
    StaticElf.exiting(7).writeTo(root.resolve("bin/seven"));

    assertThat(inRoot("/bin/seven")).isEqualTo(new Finished(7, "", ""));
    assertThat(inRoot("seven")).isEqualTo(new Finished(7, "", ""));
  }

  @Test
  void a_missing_command_exits_with_127() {
    assertFailure(inRoot("nosuch"), 127, "nosuch");
    assertFailure(inRoot("/bin/nosuch"), 127, "/bin/nosuch");
  }

  @Test
  void a_file_that_is_not_executable_exits_with_126() throws IOException {
    Files.writeString(root.resolve("notes"), "milk, eggs");

    assertFailure(inRoot("/notes"), 126, "EACCES");
  }

  @Test
  void a_directory_exits_with_126() throws IOException {
    Files.createDirectory(root.resolve("directory"));

    assertFailure(inRoot("/directory"), 126, "EACCES");
  }

  @Test
  void a_file_that_is_no_program_exits_with_126() throws IOException {
    Path odd = Files.writeString(root.resolve("odd"), "neither ELF nor #!");
    Files.setPosixFilePermissions(odd, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertFailure(inRoot("/odd"), 126, "ENOEXEC");
  }

  @Test
  void a_root_that_is_not_there_exits_with_125() {
    assertFailure(Cli.run("run", "--rootfs", root + "/nowhere", "true"), 125, "nowhere");
  }

  @Test
  void an_unknown_option_exits_with_125() {
    assertFailure(Cli.run("run", "--frobnicate", "true"), 125, "--frobnicate");
  }

  private Finished inRoot(String command) {
    return Cli.run("run", "--rootfs", root.toString(), command);
  }

  private static void assertFailure(Finished finished, int code, String reason) {
    assertThat(finished.err())
        .startsWith("jcontainer: ")
        .contains(reason)
        .doesNotContain("\tat ", "internal error");
    assertThat(finished.code()).as(finished.err()).isEqualTo(code);
    assertThat(finished.out()).isEmpty();
  }
}
