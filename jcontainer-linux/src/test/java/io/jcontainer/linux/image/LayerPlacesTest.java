package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.images.Digest;
import io.jcontainer.linux.run.UnpackingUser;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerPlacesTest {
  private static final Digest CHAIN = Digest.of("layer".getBytes(StandardCharsets.UTF_8));

  @TempDir private Path parent;

  @Test
  void a_lock_that_is_a_link_makes_no_file_elsewhere() throws IOException {
    Path directory = Files.createDirectory(parent.resolve("layers"));
    Path begun = Files.createDirectory(directory.resolve(CHAIN.hex() + ".new"));
    Path elsewhere = parent.resolve("elsewhere");
    Files.createSymbolicLink(begun.resolve("lock"), elsewhere);
    try (UnpackingUser user = new UnpackingUser(parent.resolve("state"))) {
      LayerPlaces places =
          new LayerPlaces(
              user.kernel(), user.launcher(), directory, null, new Syncs(user.kernel()));

      assertThatThrownBy(() -> places.begin(CHAIN, false))
          .isInstanceOf(SyscallException.class)
          .hasMessageContaining("ELOOP");
    }
    assertThat(elsewhere).doesNotExist();
  }
}
