package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnionTest {
  private static final int DIRECTORY = 0040755;
  private static final int FILE = 0100644;
  private static final int CHARACTER_DEVICE = 0020000;

  private static LayerEntry entry(String name, int mode, long node, String... attributes) {
    return new LayerEntry(
        FileName.of(name), new Stat(mode, 0, 0, 0, 0, 0, 1, 1, 0, node, 0), List.of(attributes));
  }

  private static LayerEntry file(String name) {
    return entry(name, FILE, 0);
  }

  private static LayerEntry directory(String name) {
    return entry(name, DIRECTORY, 0);
  }

  private static LayerEntry opaque(String name) {
    return entry(name, DIRECTORY, 0, "opaque");
  }

  private static LayerEntry whiteout(String name) {
    return entry(name, CHARACTER_DEVICE, 0);
  }

  /** The names, each with the numbers of its layers, of layers that are given topmost first. */
  private static List<String> union(List<List<LayerEntry>> topFirst) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < topFirst.size(); i++) {
      numbers.add(i);
    }
    return Union.of(numbers, topFirst, (layer, entry) -> entry.attributes().contains("opaque"))
        .stream()
        .map(merged -> merged.entry().name() + " " + merged.layers())
        .toList();
  }

  @Test
  void of_files_the_topmost_counts() {
    assertThat(
            union(List.of(List.of(file("a")), List.of(file("a"), file("b")), List.of(file("b")))))
        .containsExactly("a [0]", "b [1]");
  }

  @Test
  void directories_of_all_layers_are_one() {
    assertThat(union(List.of(List.of(directory("d")), List.of(), List.of(directory("d")))))
        .containsExactly("d [0, 2]");
  }

  @Test
  void a_whiteout_hides_what_is_below_and_not_what_is_above() {
    assertThat(
            union(
                List.of(
                    List.of(whiteout("a"), directory("d")),
                    List.of(file("a"), whiteout("d")),
                    List.of(file("a"), directory("d")))))
        .containsExactly("d [0]");
  }

  @Test
  void a_device_of_another_number_is_no_whiteout() {
    assertThat(union(List.of(List.of(entry("tty", CHARACTER_DEVICE, 5)), List.of(file("tty")))))
        .containsExactly("tty [0]");
  }

  @Test
  void an_opaque_directory_hides_those_below_it() {
    assertThat(
            union(List.of(List.of(directory("d")), List.of(opaque("d")), List.of(directory("d")))))
        .containsExactly("d [0, 1]");
  }

  @Test
  void a_file_between_two_directories_parts_them() {
    assertThat(union(List.of(List.of(directory("d")), List.of(file("d")), List.of(directory("d")))))
        .containsExactly("d [0]");
    assertThat(union(List.of(List.of(file("d")), List.of(directory("d")))))
        .containsExactly("d [0]");
  }

  @Test
  void what_only_an_overlay_can_follow_is_named_and_its_marks_are_not_copied() {
    LayerEntry entry =
        entry("f", FILE, 0, "user.overlay.metacopy", "user.mine", "security.capability", "x.y");

    assertThat(entry.onlyForOverlay(Overlays.IN_USER_NAMESPACE)).contains("user.overlay.metacopy");
    assertThat(entry.onlyForOverlay(Overlays.OF_ROOT)).isEmpty();
    assertThat(entry.copied()).containsExactly("user.mine", "security.capability");
  }
}
