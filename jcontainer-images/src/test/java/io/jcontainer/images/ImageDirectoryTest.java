package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageDirectoryTest {
  @Test
  void root_keeps_images_where_services_keep_what_is_theirs() {
    assertThat(ImageDirectory.usual(true, Map.of("XDG_DATA_HOME", "/d"), "/root"))
        .isEqualTo(Path.of("/var/lib/jcontainer"));
  }

  @Test
  void others_keep_them_with_their_data() {
    assertThat(ImageDirectory.usual(false, Map.of("XDG_DATA_HOME", "/d"), "/home/a"))
        .isEqualTo(Path.of("/d/jcontainer"));
    assertThat(ImageDirectory.usual(false, Map.of("XDG_DATA_HOME", "d"), "/home/a"))
        .isEqualTo(Path.of("/home/a/.local/share/jcontainer"));
    assertThat(ImageDirectory.usual(false, Map.of("HOME", "/home/b"), "?"))
        .isEqualTo(Path.of("/home/b/.local/share/jcontainer"));
  }

  @Test
  void who_has_no_home_names_a_directory() {
    for (Map<String, String> environment :
        List.of(Map.<String, String>of(), Map.of("HOME", "relative"))) {
      assertThatThrownBy(() -> ImageDirectory.usual(false, environment, "?"))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("XDG_DATA_HOME");
    }
  }

  @Test
  void the_store_and_the_layers_lie_beside_each_other() {
    Path directory = ImageDirectory.usual();

    assertThat(directory).isAbsolute();
    assertThat(ImageDirectory.store(directory).getParent()).isEqualTo(directory);
    assertThat(ImageDirectory.layers(directory).getParent()).isEqualTo(directory);
  }
}
