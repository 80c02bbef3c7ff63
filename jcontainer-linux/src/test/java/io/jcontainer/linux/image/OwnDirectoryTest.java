package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.images.ImageException;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnDirectoryTest {
  private final Kernel kernel = new JnaKernel();
  @TempDir private Path parent;

  @Test
  void it_is_made_for_its_user_alone() throws IOException {
    Path directory = parent.resolve("a/b");
    OwnDirectory.make(kernel, directory);
    OwnDirectory.make(kernel, directory);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxrwx---", "rwx----w-"})
  void one_that_others_can_write_in_is_refused(String mode) throws IOException {
    Path directory = Files.createDirectory(parent.resolve("a"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));

    assertThatThrownBy(() -> OwnDirectory.make(kernel, directory))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("%s, where images are, must belong to the JVM's user", directory);
  }

  @Test
  void one_of_another_user_is_refused() throws IOException {
    boolean root = kernel.effectiveUserId() == 0;
    Path directory = root ? Files.createDirectory(parent.resolve("a")) : Path.of("/usr");
    if (root) {
      Files.setAttribute(directory, "unix:uid", 65534);
    }

    assertThatThrownBy(() -> OwnDirectory.make(kernel, directory))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("chown %d", kernel.effectiveUserId());
  }
}
