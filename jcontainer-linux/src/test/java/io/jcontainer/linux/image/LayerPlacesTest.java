package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.images.Digest;
import io.jcontainer.linux.run.UnpackingUser;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresHost(Feature.USER_NAMESPACES)
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
      LayerPlaces places = places(user, directory);

      assertThatThrownBy(() -> places.begin(CHAIN, /* comesIn= */ false))
          .isInstanceOf(SyscallException.class)
          .hasMessageContaining("ELOOP");
    }
    assertThat(elsewhere).doesNotExist();
  }

  @Test
  void links_among_the_layers_lead_no_removal_elsewhere() throws IOException {
    Path directory = Files.createDirectory(parent.resolve("layers"));
    Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
    Path file = Files.createFile(elsewhere.resolve("file"));
    Path lock = Files.createFile(elsewhere.resolve("lock"));
    for (String name : new String[] {"left.new", "left.gone", CHAIN.hex()}) {
      Files.createSymbolicLink(directory.resolve(name), elsewhere);
    }
    try (UnpackingUser user = new UnpackingUser(parent.resolve("state"))) {
      LayerPlaces places = places(user, directory);

      assertThat(places.prune(Set.of())).isZero();
    }
    assertThat(file).exists();
    assertThat(lock).exists();
  }

  @Test
  void of_two_that_are_whole_the_first_gets_the_name_and_the_other_goes() throws IOException {
    Path directory = Files.createDirectory(parent.resolve("layers"));
    try (UnpackingUser user = new UnpackingUser(parent.resolve("state"))) {
      LayerPlaces places = places(user, directory);
      for (boolean comesInFirst : new boolean[] {true, false}) {
        try (LayerPlaces.Begun first = begin(places, comesInFirst)) {
          try (LayerPlaces.Begun second = begin(places, !comesInFirst)) {
            assertThat(places.begin(CHAIN, /* comesIn= */ true)).as("one comes in").isNull();
            Files.createFile(first.diff().resolve("first"));
            Files.createFile(second.diff().resolve("second"));
            first.publish();
            second.publish();
          }
        }
        try (LayerPlaces.Held held = Objects.requireNonNull(places.find(CHAIN))) {
          assertThat(held.diff().resolve("first")).exists();
        }
        assertThat(directory).isDirectoryContaining(path -> path.endsWith(CHAIN.hex()));
        assertThat(directory.toFile().list()).hasSize(1);
        assertThat(places.prune(Set.of())).isEqualTo(1);
      }
    }
  }

  private static LayerPlaces places(UnpackingUser user, Path directory) throws IOException {
    return new LayerPlaces(
        user.kernel(),
        user.launcher(),
        directory,
        user.isRoot() ? null : user.owner().namespace(),
        new Syncs(user.kernel()));
  }

  private static LayerPlaces.Begun begin(LayerPlaces places, boolean comesIn) throws IOException {
    return Objects.requireNonNull(places.begin(CHAIN, comesIn));
  }
}
