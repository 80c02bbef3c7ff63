package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class UnionTest {
  private final FakeTree files = new FakeTree();
  private final FakeTree.Node high = files.root();
  private final FakeTree.Node middle = files.root();
  private final FakeTree.Node low = files.root();

  /** The names, each with the numbers of its layers, from the topmost on. */
  private List<String> union() {
    List<Integer> topFirst = List.of(files.open(high), files.open(middle), files.open(low));
    Union union = new Union(files, OverlayMarks.TRUSTED);
    Names names = new Names(HeapShare.all());
    topFirst.forEach(layer -> names.add(files.list(layer, HeapShare.all())));
    Lookup lookup = new Lookup(files, names.sorted(), () -> topFirst);
    List<String> all = new ArrayList<>();
    for (FileName name = lookup.next(); name != null; name = lookup.next()) {
      Union.Merged merged = union.merge(topFirst, lookup::in);
      if (merged != null) {
        all.add(name + " " + merged.directories().stream().map(topFirst::indexOf).toList());
      }
    }
    return all;
  }

  @Test
  void of_files_the_topmost_counts() {
    high.file("a", "");
    middle.file("a", "");
    middle.file("b", "");
    low.file("b", "");

    assertThat(union()).containsExactly("a [0]", "b [1]");
  }

  @Test
  void directories_of_all_layers_are_one() {
    high.directory("d");
    low.directory("d");

    assertThat(union()).containsExactly("d [0, 2]");
  }

  @Test
  void a_whiteout_of_either_form_hides_what_is_below_and_not_what_is_above() {
    high.whiteout("a");
    high.file("b", "").attribute("trusted.overlay.whiteout", "");
    high.directory("d");
    high.directory("e");
    middle.file("a", "");
    middle.file("b", "");
    middle.whiteout("d");
    middle.file("e", "").attribute("trusted.overlay.whiteout", "");
    low.directory("d");
    low.directory("e");

    assertThat(union()).containsExactly("d [0]", "e [0]");
  }

  @Test
  void what_only_looks_like_a_whiteout_is_none() {
    high.whiteout("tty").device(5);
    high.file("text", "x").attribute("trusted.overlay.whiteout", "");
    high.file("others", "").attribute("user.overlay.whiteout", "");
    low.file("tty", "");

    assertThat(union()).containsExactly("others [0]", "text [0]", "tty [0]");
  }

  @Test
  void an_opaque_directory_hides_those_below_it_and_one_with_whiteouts_in_it_does_not() {
    for (FakeTree.Node layer : List.of(high, middle, low)) {
      layer.directory("d");
      layer.directory("e");
    }
    middle.child("d").opaque();
    middle.child("e").attribute("trusted.overlay.opaque", "x");

    assertThat(union()).containsExactly("d [0, 1]", "e [0, 1, 2]");
  }

  @Test
  void a_file_between_two_directories_parts_them() {
    high.directory("d");
    middle.file("d", "");
    low.directory("d");
    middle.file("e", "");
    low.directory("e");

    assertThat(union()).containsExactly("d [0]", "e [1]");
  }

  @Test
  void what_only_an_overlay_can_follow_is_named_and_its_marks_are_not_copied() {
    high.file("f", "")
        .attribute("user.overlay.metacopy", "")
        .attribute("user.fuseoverlayfs.opaque", "")
        .attribute("user.mine", "")
        .attribute("security.capability", "")
        .attribute("x.y", "");
    LayerEntry entry = Objects.requireNonNull(files.look(files.open(high), FileName.of("f")));

    assertThat(OverlayMarks.USER.onlyForOverlay(entry))
        .hasValueSatisfying(why -> assertThat(why).contains("user.overlay.metacopy"));
    assertThat(OverlayMarks.TRUSTED.onlyForOverlay(entry)).isEmpty();
    assertThat(entry.copied()).containsExactlyInAnyOrder("user.mine", "security.capability");
  }
}
