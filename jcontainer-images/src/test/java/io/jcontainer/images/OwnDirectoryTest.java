package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnDirectoryTest {
  private static final int NOBODY = 65534;

  private final int user = Objects.requireNonNull(OwnDirectory.user());
  @TempDir private Path parent;

  private static void mode(Path directory, String mode) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
  }

  @Test
  void it_is_made_for_its_user_alone() throws IOException {
    Path directory = parent.resolve("a/b");
    assertThat(OwnDirectory.make(directory)).isEqualTo(directory.toRealPath());
    OwnDirectory.make(directory);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxrwx---", "rwx----w-"})
  void one_that_others_can_write_in_is_refused(String mode) throws IOException {
    Path directory = Files.createDirectory(parent.resolve("a"));
    mode(directory, mode);

    assertThatThrownBy(() -> OwnDirectory.make(directory))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("%s, where images are, must belong to the JVM's user", directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxrwx---", "rwx----w-"})
  void one_that_others_can_replace_is_refused(String mode) throws IOException {
    OwnDirectory.make(parent.resolve("a"));
    mode(parent, mode);

    assertThatThrownBy(() -> OwnDirectory.make(parent.resolve("a")))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("%s, above where images are", parent);
  }

  @Test
  void in_a_sticky_directory_nobody_else_can_replace_it() throws IOException {
    Files.setAttribute(parent, "unix:mode", 01777);
    OwnDirectory.make(parent.resolve("a"));
    mode(parent, "rwx------");
  }

  @Test
  void one_of_another_user_is_refused() throws IOException {
    Path directory = user == 0 ? Files.createDirectory(parent.resolve("a")) : Path.of("/usr");
    if (user == 0) {
      Files.setAttribute(directory, "unix:uid", NOBODY);
    }

    assertThatThrownBy(() -> OwnDirectory.make(directory))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("chown %d", user);
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void one_in_a_directory_of_another_user_is_refused() throws IOException {
    OwnDirectory.make(parent.resolve("a"));
    Files.setAttribute(parent, "unix:uid", NOBODY);

    assertThatThrownBy(() -> OwnDirectory.make(parent.resolve("a")))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("belongs to " + NOBODY);
  }
}
