package io.jcontainer.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdmapProbeTest {
  private final FakeKernel kernel = new FakeKernel();
  private final IdmapProbe probe = new IdmapProbe(kernel);
  private final Fd namespace = kernel.fd("user namespace");

  @TempDir private Path directory = Path.of("");

  @Test
  void a_directory_is_tried_once_also_by_another_path() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory);

    assertThat(probe.problem(directory, namespace)).isNull();
    assertThat(probe.problem(directory, namespace)).isNull();
    assertThat(probe.problem(link, namespace)).isNull();

    assertThat(kernel.calls()).containsExactly("tryIdmap " + directory);
  }

  @Test
  void why_it_cannot_be_is_kept() {
    kernel.failNext("mount_setattr", Errno.EINVAL);

    assertThat(probe.problem(directory, namespace)).contains("mount_setattr()", "EINVAL");
    assertThat(probe.problem(directory, namespace)).contains("EINVAL");
  }

  @Test
  void what_may_pass_is_told_and_tried_again() {
    kernel.failNext("mount_setattr", Errno.EPERM);

    assertThat(probe.problem(directory, namespace)).contains("EPERM");
    assertThat(probe.problem(directory, namespace)).isNull();
  }

  @Test
  void too_many_open_files_say_nothing_about_the_file_system() {
    kernel.failNext("mount_setattr", Errno.EMFILE);

    assertThatThrownBy(() -> probe.problem(directory, namespace))
        .isInstanceOf(SyscallException.class);
    assertThat(probe.problem(directory, namespace)).isNull();
  }

  @Test
  void a_directory_that_is_not_there_is_left_to_the_step_that_opens_it() {
    assertThat(probe.problem(directory.resolve("absent"), namespace)).isNull();
    assertThat(kernel.calls()).isEmpty();
  }
}
