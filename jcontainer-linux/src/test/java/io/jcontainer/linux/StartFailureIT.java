package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jcontainer.Container;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.fixtures.StaticElf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a caller is told of a command that cannot be executed, and that nothing is left of it. */
@Timeout(60)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class StartFailureIT extends WithRuntime {
  private Path root = Path.of("/");

  @BeforeAll
  void makeRoot(@HostRootedTempDir Path directory) {
    root = RootfsFixtures.busyboxRoot(directory.resolve("root"));
  }

  private ContainerSpec.Builder spec(String... command) {
    return ContainerSpec.builder().rootfs(LayeredRootfs.directory(root)).command(command);
  }

  private StartFailedException failure(ContainerSpec.Builder spec) {
    return catchThrowableOfType(
        StartFailedException.class, () -> runtime.start(spec.build()).close());
  }

  private void file(String path, String text, String mode) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  @Test
  void a_program_that_is_in_no_directory_of_path_is_not_found() {
    StartFailedException failure =
        failure(spec("no-such-program", "x").env("PATH", "/bin:/nowhere:/etc/passwd:/usr/bin"));

    assertThat(failure.errno()).isEqualTo("ENOENT");
    assertThat(failure.step().actor()).isEqualTo(Actor.CONTAINER);
    assertThat(failure)
        .hasMessageContaining("no-such-program")
        .hasMessageContaining("PATH=/bin:/nowhere:/etc/passwd:/usr/bin");
    assertThat(failure.hint())
        .contains(
            "The container has it in no directory of PATH: /bin, /nowhere, /etc/passwd, /usr/bin");
  }

  @Test
  void a_path_without_a_program_is_not_found() {
    StartFailedException failure = failure(spec("/bin/no-such-program"));

    assertThat(failure.errno()).isEqualTo("ENOENT");
    assertThat(failure.step().call()).startsWith("execve(\"/bin/no-such-program\"");
    assertThat(failure.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("no such"));
  }

  @Test
  void a_script_without_its_interpreter_is_not_found() throws IOException {
    file("usr/orphan", "#!/nowhere/sh\n", "rwxr-xr-x");

    StartFailedException failure = failure(spec("/usr/orphan"));

    assertThat(failure.errno()).isEqualTo("ENOENT");
    assertThat(failure.hint())
        .hasValueSatisfying(
            hint ->
                assertThat(hint)
                    .isEqualTo("Its interpreter /nowhere/sh (from #!) is not in the container"));
  }

  @Test
  void a_file_that_is_not_executable_is_refused() throws IOException {
    file("usr/data", "no program", "rw-r--r--");

    StartFailedException byPath = failure(spec("/usr/data"));
    assertThat(byPath.errno()).isEqualTo("EACCES");
    assertThat(byPath.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("executable"));

    StartFailedException bySearch = failure(spec("data").env("PATH", "/bin:/usr:/etc"));
    assertThat(bySearch.errno()).isEqualTo("EACCES");
    assertThat(bySearch).hasMessageContaining("/usr/data");
    assertThat(bySearch.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("executable"));
  }

  @Test
  void a_directory_is_no_program() {
    assertThat(failure(spec("/bin")).errno()).isEqualTo("EACCES");
  }

  @Test
  void a_program_for_another_architecture_is_refused() {
    StaticElf.Arch other =
        StaticElf.Arch.ofThisJvm() == StaticElf.Arch.X86_64
            ? StaticElf.Arch.AARCH64
            : StaticElf.Arch.X86_64;
    StaticElf.exiting(other, 0).writeTo(root.resolve("usr/foreign"));

    for (ContainerSpec.Builder spec :
        List.of(spec("/usr/foreign"), spec("foreign").env("PATH", "/bin:/usr:/etc"))) {
      StartFailedException failure = failure(spec);
      assertThat(failure.errno()).isEqualTo("ENOEXEC");
      assertThat(failure.hint())
          .hasValueSatisfying(hint -> assertThat(hint).startsWith("It is built for "));
    }
  }

  @Test
  void a_program_without_its_loader_names_it() throws IOException {
    Path dynamic = Path.of("/proc/self/exe").toRealPath(); // java, in a root that has no libraries
    Files.copy(dynamic, root.resolve("usr/dynamic"), StandardCopyOption.REPLACE_EXISTING);

    for (ContainerSpec.Builder spec :
        List.of(spec("/usr/dynamic"), spec("dynamic").env("PATH", "/bin:/usr:/etc"))) {
      StartFailedException failure = failure(spec);
      assertThat(failure.errno()).isEqualTo("ENOENT");
      assertThat(failure.step().call()).startsWith("execve(\"/usr/dynamic\", ");
      assertThat(failure.hint())
          .hasValueSatisfying(
              hint ->
                  assertThat(hint)
                      .matches("It needs the loader /lib\\S*, which is not in the container"));
    }
  }

  @Test
  void what_a_command_below_an_init_lacks_is_told_too() throws IOException {
    file("usr/orphan", "#!/nowhere/sh\n", "rwxr-xr-x");

    assertThat(failure(spec("/usr/orphan").init(true)).hint())
        .contains("Its interpreter /nowhere/sh (from #!) is not in the container");
    assertThat(failure(spec("nothing").init(true).env("PATH", "/usr:/bin")).hint())
        .contains("The container has it in no directory of PATH: /usr, /bin");
  }

  @Test
  void what_a_further_process_lacks_is_told_too() throws IOException {
    file("usr/orphan", "#!/nowhere/sh\n", "rwxr-xr-x");

    try (Container container = runtime.start(spec("cat").build())) {
      assertThatThrownBy(() -> container.exec("/usr/orphan"))
          .isInstanceOf(StartFailedException.class)
          .hasMessageContaining("Its interpreter /nowhere/sh (from #!) is not in the container");
    }
  }

  @Test
  void a_script_without_an_interpreters_name_is_told_as_such() throws IOException {
    file("usr/plain", "echo hello\n", "rwxr-xr-x");

    assertThat(failure(spec("/usr/plain")).hint())
        .contains("It is a script without #!, or no program at all");
  }

  /** Opening one for reading would wait for a writer. */
  @Test
  void a_fifo_is_no_program_and_nobody_waits_for_it() throws Exception {
    String fifo = root.resolve("usr/fifo").toString();
    assertThat(new ProcessBuilder("mkfifo", "--mode=755", fifo).start().waitFor()).isZero();

    assertThat(failure(spec("/usr/fifo")).errno()).isEqualTo("EACCES");
  }

  @Test
  void a_path_that_leads_round_in_a_circle_is_told_as_such() throws IOException {
    Files.createSymbolicLink(root.resolve("usr/circle"), Path.of("circle"));

    StartFailedException failure = failure(spec("/usr/circle"));
    assertThat(failure.errno()).isEqualTo("ELOOP");
    assertThat(failure.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("links"));
  }

  @Test
  void the_search_goes_on_after_what_is_not_executable() throws IOException {
    file("usr/cat", "no program", "rw-r--r--");

    assertThat(run(spec("cat", "/etc/group").env("PATH", "/usr:/bin").build()).expectedOut())
        .startsWith("root:");
  }

  @Test
  void an_empty_directory_of_path_is_the_working_directory() {
    assertThat(run(spec("true").env("PATH", "").cwd("/bin").build()).exit().isSuccess()).isTrue();
    assertThat(failure(spec("true").env("PATH", "").cwd("/etc")).errno()).isEqualTo("ENOENT");
  }

  @Test
  void a_working_directory_that_is_none_is_refused() {
    StartFailedException absent = failure(spec("true").cwd("/nowhere/at/all"));
    assertThat(absent.errno()).isEqualTo("ENOENT");
    assertThat(absent.step().call()).startsWith("openat2(AT_FDCWD, \"/nowhere/at/all\"");
    assertThat(absent.hint())
        .contains("The working directory must be a directory in the container");

    assertThat(failure(spec("true").cwd("/etc/passwd")).errno()).isEqualTo("ENOTDIR");
  }

  @Test
  void an_environment_that_no_kernel_passes_on_is_refused() {
    // One string may have 128 KiB, execve(2); all together are more than the image only at 8 MiB.
    StartFailedException failure = failure(spec("true").env("LARGE", "x".repeat(128 << 10)));
    assertThat(failure.errno()).isEqualTo("E2BIG");
    assertThat(failure.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("by a file"));

    ContainerSpec.Builder larger = spec("true");
    for (int i = 0; i < 100; i++) {
      larger.env("LARGE_" + i, "x".repeat(100 << 10));
    }
    assertThatThrownBy(() -> runtime.start(larger.build()))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("E2BIG");
  }

  @Test
  void a_large_environment_arrives() {
    ContainerSpec.Builder spec = spec("sh", "-c", "echo ${#LARGE_0} ${#LARGE_9}");
    for (int i = 0; i < 10; i++) {
      spec.env("LARGE_" + i, "x".repeat(100_000));
    }

    assertThat(run(spec.build()).expectedOut()).isEqualTo("100000 100000\n");
  }

  @Test
  void the_message_names_the_step_and_why_it_is_taken() {
    assertThat(failure(spec("/bin/no-such-program")))
        .hasMessageStartingWith("start failed: execve(\"/bin/no-such-program\", ")
        .hasMessageContaining("No such file or directory (ENOENT)")
        .hasMessageContaining("step: container  execve(")
        .hasMessageContaining("# become the command");
  }
}
