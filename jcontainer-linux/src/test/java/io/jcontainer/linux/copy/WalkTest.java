package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.request.UserPlacement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is told of directories that lie on each other. */
class WalkTest {
  private final FakeTree files = new FakeTree();
  private final FakeTree.Node upper = files.root();
  private final FakeTree.Node high = files.root();
  private final FakeTree.Node low = files.root();
  private final List<String> told = new ArrayList<>();
  private RootAttributes root = RootAttributes.USUAL;

  @AfterEach
  void all_is_closed() {
    assertThat(files.stillOpen()).isEmpty();
  }

  /** Writes each thing as docker diff would, and what has not changed with a blank. */
  private final class Told implements TreeSink {
    @Override
    public void entry(TreeEntry entry, @Nullable Content content) throws IOException {
      String line = (entry.change() == null ? " " : entry.change().letter()) + " " + entry.path();
      if (entry.type() == TreeEntry.Type.HARD_LINK) {
        line += " -> " + entry.link();
      }
      if (content != null) {
        Opened opened = content.open();
        if (opened == null) {
          line += " gone";
        } else {
          try (InputStream in = opened.content()) {
            line += " " + new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
          }
        }
      }
      told.add(line.stripTrailing());
    }

    @Override
    public void removed(String path) {
      told.add("D " + path);
    }
  }

  private List<String> walk(boolean whole) throws IOException {
    walk(whole, new Told());
    return told;
  }

  private void walk(boolean whole, TreeSink sink) throws IOException {
    walk(whole, sink, files.open(upper));
  }

  private void walk(boolean whole, TreeSink sink, int opened) throws IOException {
    new Walk(
            files,
            new Viewer(UserPlacement.none(), false),
            OverlayMarks.TRUSTED,
            root,
            Set.of("proc"),
            whole,
            sink)
        .run(opened, List.of(files.open(high), files.open(low)));
  }

  private List<String> changes() throws IOException {
    return walk(false);
  }

  private List<String> whole() throws IOException {
    return walk(true);
  }

  @Test
  void what_no_layer_has_is_added_with_all_that_is_in_it() throws IOException {
    upper.file("d/e/f", "x");
    upper.file("a", "y");

    assertThat(changes()).containsExactly("A a y", "A d", "A d/e", "A d/e/f x");
  }

  @Test
  void what_any_layer_has_is_modified_and_its_directory_is_not() throws IOException {
    low.file("etc/passwd", "old");
    high.directory("etc");
    upper.file("etc/passwd", "new");

    assertThat(changes()).containsExactly("  etc", "C etc/passwd new");
  }

  @Test
  void a_directory_is_modified_by_its_own_mode_and_attributes_only() throws IOException {
    low.directory("mode");
    low.directory("attribute").attribute("user.a", "1");
    low.directory("same").attribute("user.a", "1");
    upper.directory("mode").mode(0040700);
    upper.directory("attribute").attribute("user.a", "2");
    upper.directory("same").attribute("user.a", "1").attribute("trusted.overlay.origin", "x");

    assertThat(changes()).containsExactly("C attribute", "C mode", "  same");
  }

  @Test
  void the_root_is_told_of_if_it_is_not_what_it_began_as() throws IOException {
    upper.attribute("user.a", "1");
    high.mode(0040700);
    assertThat(changes()).isEmpty();

    upper.mode(0040555).owner(5, 6);
    assertThat(changes()).containsExactly("C");

    told.clear();
    root = new RootAttributes(0555, 5, 6);
    assertThat(changes()).isEmpty();

    told.clear();
    upper.mode(0040755).owner(0, 0);
    assertThat(changes()).containsExactly("C");
  }

  @Test
  void of_all_that_there_is_the_root_is_told_of_if_it_is_not_a_usual_one() throws IOException {
    assertThat(whole()).containsExactly("  proc");

    told.clear();
    root = new RootAttributes(0555, 5, 6);
    assertThat(whole()).containsExactly("  proc");

    told.clear();
    upper.mode(0041777);
    assertThat(whole()).containsExactly("", "  proc");
  }

  @Test
  void without_a_write_layer_the_root_is_what_it_began_as() throws IOException {
    root = new RootAttributes(01777, 5, 6);
    List<TreeEntry> entries = new ArrayList<>();
    TreeSink sink =
        new TreeSink() {
          @Override
          public void entry(TreeEntry entry, @Nullable Content content) {
            entries.add(entry);
          }

          @Override
          public void removed(String path) {}
        };

    walk(true, sink, TreeFiles.GONE);

    assertThat(entries).hasSize(2);
    assertThat(entries.get(0))
        .isEqualTo(
            new TreeEntry(
                "", TreeEntry.Type.DIRECTORY, 01777, 5, 6, 0, 0, 0, 0, 0, 0, "", Map.of(), null));
    assertThat(entries.get(1).path()).isEqualTo("proc");
    entries.clear();
    walk(false, sink, TreeFiles.GONE);
    assertThat(entries).isEmpty();
  }

  @Test
  void a_whiteout_deletes_what_is_there_and_nothing_else() throws IOException {
    low.file("a", "");
    low.file("hidden", "");
    high.whiteout("hidden");
    upper.whiteout("a");
    upper.whiteout("hidden");
    upper.whiteout("never");
    low.file("b", "");
    upper.file("b", "").attribute("trusted.overlay.whiteout", "");

    assertThat(changes()).containsExactly("D a", "D b");
  }

  @Test
  void a_directory_that_was_made_again_deletes_what_it_no_longer_has() throws IOException {
    low.file("d/gone", "");
    low.file("d/kept", "old");
    low.file("d/sub/gone", "");
    high.file("d/sub/high", "");
    upper.directory("d").opaque();
    upper.file("d/kept", "new");
    upper.file("d/sub/new", "n");

    assertThat(changes())
        .containsExactly(
            "  d",
            "D d/gone",
            "C d/kept new",
            "  d/sub",
            "D d/sub/gone",
            "D d/sub/high",
            "A d/sub/new n");
  }

  @Test
  void a_file_in_the_place_of_a_directory_and_the_reverse_are_modified() throws IOException {
    low.file("d/x", "");
    low.file("f", "");
    upper.file("d", "file");
    upper.file("f/y", "in");

    assertThat(changes()).containsExactly("C d file", "C f", "A f/y in");
  }

  @Test
  void layers_below_an_opaque_directory_or_a_file_are_not_looked_at() throws IOException {
    low.file("d/x", "");
    high.directory("d").opaque();
    upper.file("d/x", "x");
    low.file("e/x", "");
    high.file("e", "");
    upper.file("e/x", "x");

    assertThat(changes()).containsExactly("  d", "A d/x x", "C e", "A e/x x");
  }

  @Test
  void a_mount_point_is_a_directory_of_ours_whatever_layers_have() throws IOException {
    low.file("proc", "a file");
    upper.directory("proc");

    assertThat(changes()).containsExactly("  proc");
    told.clear();
    upper.child("proc").mode(0040700);
    assertThat(changes()).containsExactly("C proc");
    told.clear();
    upper.remove("proc");
    assertThat(whole()).containsExactly("  proc");
  }

  @Test
  void the_whole_is_what_the_overlay_shows() throws IOException {
    low.file("a", "low");
    low.file("b", "low");
    low.file("d/low", "");
    low.file("e/low", "");
    high.file("b", "high");
    high.whiteout("c");
    low.file("c", "low");
    high.directory("d").opaque();
    high.file("d/high", "");
    upper.whiteout("a");
    upper.directory("e").opaque();
    upper.file("e/upper", "u");

    assertThat(whole())
        .containsExactly("  b high", "  d", "  d/high", "  e", "  e/upper u", "  proc");
  }

  @Test
  void names_of_one_file_are_links_to_the_first() throws IOException {
    FakeTree.Node file = upper.file("b/first", "x");
    upper.link("c/second", file);

    assertThat(changes()).containsExactly("A b", "A b/first x", "A c", "A c/second -> b/first");
  }

  @Test
  void no_name_of_a_socket_is_a_link_to_another() throws IOException {
    upper.link("b", upper.file("a", "").mode(0140755));
    List<TreeEntry.Type> types = new ArrayList<>();
    walk(
        false,
        new TreeSink() {
          @Override
          public void entry(TreeEntry entry, @Nullable Content content) {
            types.add(entry.type());
          }

          @Override
          public void removed(String path) {}
        });

    assertThat(types).containsExactly(TreeEntry.Type.SOCKET, TreeEntry.Type.SOCKET);
  }

  @Test
  void directories_in_each_other_need_few_descriptors() throws IOException {
    int deep = 1_000;
    FakeTree.Node node = upper;
    for (int i = 0; i < deep; i++) {
      node.file("z", "" + i);
      node = node.directory("d");
    }

    assertThat(changes()).hasSize(2 * deep).contains("A z 0").last().isEqualTo("A z 0");
    assertThat(files.mostOpen).isLessThan(Walk.OPEN_ABOVE + 10);
  }

  @Test
  void a_directory_that_is_moved_away_while_it_is_read_leads_nowhere() throws IOException {
    FakeTree.Node elsewhere = files.root();
    elsewhere.file("secret", "");
    FakeTree.Node node = upper;
    for (int i = 0; i < Walk.OPEN_ABOVE + 2; i++) {
      node = node.directory("d");
    }
    upper.directory("d").directory("d").moveTo(elsewhere);

    assertThatThrownBy(this::changes)
        .isInstanceOf(Walk.RefusedException.class)
        .hasMessageContaining("pause the container");
    for (int fd : files.stillOpen()) { // an agent ends with them
      files.close(fd);
    }
  }

  @Test
  void what_vanishes_is_left_out() throws IOException {
    upper.directory("a").file("x", "");
    upper.file("b", "");
    upper.file("c", "");
    walk(
        false,
        new TreeSink() {
          @Override
          public void entry(TreeEntry entry, @Nullable Content content) {
            told.add(entry.path());
            upper.remove("a");
            upper.remove("c");
            if (entry.path().equals("c")) {
              assertThat(Objects.requireNonNull(content).open()).isNull();
            }
          }

          @Override
          public void removed(String path) {
            told.add("D " + path);
          }
        });

    assertThat(told).containsExactly("a", "b", "c");
  }

  @Test
  void the_other_name_of_a_file_whose_first_has_vanished_is_told_with_its_content()
      throws IOException {
    upper.link("b", upper.file("a", "x"));
    upper.link("d", upper.file("c", "y"));
    Told sink = new Told();
    walk(
        false,
        new TreeSink() {
          @Override
          public void entry(TreeEntry entry, @Nullable Content content) throws IOException {
            if (entry.path().equals("a")) {
              upper.remove("a");
            } else if (entry.path().equals("c")) {
              upper.remove("c");
              upper.file("c", "another");
            }
            sink.entry(entry, content);
          }

          @Override
          public void removed(String path) {
            sink.removed(path);
          }
        });

    assertThat(told).containsExactly("A a gone", "A b x", "A c another", "A d y");
  }

  @Test
  void a_file_has_as_many_bytes_as_were_said() throws IOException {
    FakeTree.Node file = upper.file("f", "12345");
    int fd = files.open(file);
    FileContent longer = new FileContent(files, fd, 3);
    assertThat(longer.readAllBytes()).asString().isEqualTo("123");
    longer.close();

    file.file("f", "");
    fd = files.open(upper.file("g", "12"));
    FileContent shorter = new FileContent(files, fd, 4);
    assertThat(shorter.readAllBytes()).containsExactly('1', '2', 0, 0);
    shorter.close();
  }

  @Test
  void what_an_overlay_alone_can_read_is_refused() {
    upper.directory("d").attribute("trusted.overlay.redirect", "/x");

    assertThatThrownBy(this::changes)
        .isInstanceOf(Walk.RefusedException.class)
        .hasMessageContaining("trusted.overlay.redirect");
    files.stillOpen().forEach(files::close);
  }

  @Test
  void an_interrupt_ends_it() {
    upper.file("f", "");
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(this::changes).isInstanceOf(ContainerInterruptedException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    files.stillOpen().forEach(files::close);
  }
}
