package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Change;
import io.jcontainer.CommitOptions;
import io.jcontainer.LayeredRootfs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** diff, export and commit: what is looked at, and how it is printed. */
class WriteLayerVerbsTest {
  @TempDir private Path temp;
  private final Trial trial = new Trial();
  private final FakeHandle box = FakeHandle.of("0123456789ab", "box");

  @BeforeEach
  void run() {
    trial.runtime.handles.add(box);
    box.changes =
        List.of(
            Change.of(Change.Kind.ADDED, "/a"),
            Change.of(Change.Kind.MODIFIED, new byte[] {'/', 'b', (byte) 0xff, '\033', '[', '2'}),
            Change.of(Change.Kind.DELETED, "/c"));
  }

  @Test
  void changes_are_dockers_lines_with_the_bytes_of_the_names() {
    assertThat(trial.run("diff", "box")).isZero();
    assertThat(new String(trial.bytes(), StandardCharsets.ISO_8859_1))
        .isEqualTo("A /a\nC /b\u00ff\033[2\nD /c\n");
  }

  @Test
  void a_terminal_sees_no_commands_in_names() {
    trial.terminal = true;
    assertThat(trial.run("diff", "box")).isZero();
    assertThat(trial.out()).contains("A /a\n", "?[2\n").doesNotContain("\033");
  }

  @Test
  void a_root_file_system_goes_to_standard_output_or_to_a_file_but_to_no_terminal()
      throws Exception {
    assertThat(trial.run("export", "box")).isZero();
    assertThat(trial.out()).isEqualTo("a tar");
    Path file = temp.resolve("box.tar");
    assertThat(trial.run("export", "box", "-o", file.toString())).isZero();
    assertThat(file).hasContent("a tar");
    assertThat(temp).isDirectoryNotContaining("glob:**.part");
    Path link = Files.createSymbolicLink(temp.resolve("link"), Path.of("other.tar"));
    assertThat(trial.run("export", "box", "-o", link.toString())).isZero();
    assertThat(link).isSymbolicLink();
    assertThat(temp.resolve("other.tar")).hasContent("a tar");

    trial.terminal = true;
    assertThat(trial.run("export", "box")).isEqualTo(ExitCode.FAILED);
    assertThat(trial.err()).contains("use -o FILE");
    assertThat(trial.run("export", "-o", temp.resolve("no/where").toString(), "box"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(trial.err()).contains("the tar cannot be written to " + temp.resolve("no/where"));
  }

  @Test
  void what_was_kept_is_looked_at_without_a_container() {
    assertThat(trial.run("diff", "--writable-in", "/kept", "--rootfs", "/a", "--rootfs", "/b"))
        .as(trial.err())
        .isZero();
    LayeredRootfs rootfs = trial.runtime.kept.get(0).rootfs().orElseThrow();
    assertThat(rootfs.layers()).containsExactly(Path.of("/a"), Path.of("/b"));
    assertThat(rootfs.keptIn()).contains(Path.of("/kept"));

    trial.env.put("JCONTAINER_IMAGES", temp.resolve("images").toString());
    assertThat(trial.run("export", "--writable-in=/kept", "app:1")).isZero();
    assertThat(trial.runtime.kept.get(1).rootfs().flatMap(LayeredRootfs::image)).contains("app:1");
  }

  @Test
  void an_image_below_what_was_kept_may_be_named_by_the_beginning_of_its_id() throws Exception {
    Path root = Files.createDirectory(temp.resolve("root"));
    trial.env.put("JCONTAINER_IMAGES", temp.resolve("images").toString());
    assertThat(trial.run("import", root.toString(), "made:1")).as(trial.err()).isZero();
    String id = trial.out().strip().replace("sha256:", "").substring(0, 12);

    assertThat(trial.run("diff", "--writable-in=/kept", id)).as(trial.err()).isZero();

    assertThat(trial.runtime.kept.get(0).rootfs().flatMap(LayeredRootfs::image))
        .contains(digest("made:1"));
  }

  @Test
  void what_a_container_of_layers_writes_can_be_looked_at() {
    assertThat(new Trial().specOf("run", "--rootfs", "/a", "sh").rootfs())
        .hasValueSatisfying(root -> assertThat(root.isInspectable()).isTrue());
    assertThat(new Trial().specOf("run", "--rootfs", "/a", "--read-only", "sh").rootfs())
        .hasValueSatisfying(root -> assertThat(root.isInspectable()).isFalse());
    assertThat(new Trial().specOf("run", "--", "sh").rootfs())
        .hasValueSatisfying(root -> assertThat(root.isInspectable()).isFalse());
  }

  @Test
  void a_commit_says_what_is_otherwise_and_prints_the_id_that_images_shows() throws Exception {
    Path root = Files.createDirectory(temp.resolve("root"));
    trial.env.put("JCONTAINER_IMAGES", temp.resolve("images").toString());
    assertThat(trial.run("import", root.toString(), "made:1")).isZero();
    String id = trial.out();
    box.committed = digest("made:1");
    Trial commit = new Trial();
    commit.env.putAll(trial.env);
    commit.runtime.handles.add(box);

    assertThat(
            commit.run(
                "commit",
                "-a",
                "me",
                "-m",
                "by hand",
                "-c",
                "CMD [\"a\", \"b\"]",
                "--change=ENV A=1",
                "-c",
                "LABEL l=\"x y\"",
                "-c",
                "USER nobody",
                "-c",
                "WORKDIR /srv",
                "box",
                "app:2"))
        .as(commit.err())
        .isZero();
    assertThat(commit.out()).isEqualTo(id);
    CommitOptions options = box.commits.get(0);
    assertThat(options.name()).contains("app:2");
    assertThat(options.author()).contains("me");
    assertThat(options.message()).contains("by hand");
    assertThat(options.changes())
        .containsExactly(
            "CMD [\"a\", \"b\"]", "ENV A=1", "LABEL l=\"x y\"", "USER nobody", "WORKDIR /srv");

    assertThat(commit.run("commit", "--pause", "box")).isZero();
    assertThat(box.wasPaused).isTrue();
    assertThat(box.isPaused()).isFalse();
    box.paused = true;
    assertThat(commit.run("commit", "--pause", "box")).isZero();
    assertThat(box.isPaused()).as("as it was").isTrue();
  }

  private String digest(String image) {
    Trial list = new Trial();
    list.env.putAll(trial.env);
    assertThat(list.run("images", "--format", "{{.Digest}}", image)).isZero();
    return list.out().strip();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "diff",
        "diff nothing",
        "diff --rootfs /a box",
        "diff --writable-in /kept",
        "diff --writable-in /kept --rootfs /a app",
        "diff box app",
        "commit",
        "commit box UPPER",
        "commit box a b",
        "commit --pause --writable-in /kept --rootfs /a",
        "export --writable-in= box"
      })
  void a_wrong_call_prints_no_changes(String line) {
    assertThat(trial.run(line.split(" "))).isEqualTo(ExitCode.FAILED);
    assertThat(trial.out()).isEmpty();
    assertThat(trial.err()).startsWith("jcontainer: ").doesNotContain("internal error");
  }
}
