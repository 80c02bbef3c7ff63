package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ByteSize;
import io.jcontainer.LayerUsage;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs of images on a real store, inside this JVM. */
class ImageVerbsTest {
  @TempDir private Path temp;
  private Path rootfs;

  @BeforeEach
  void makeRootfs() throws IOException {
    rootfs = Files.createDirectories(temp.resolve("rootfs"));
    Files.writeString(rootfs.resolve("file"), "content");
  }

  private Trial trial() {
    return trial("images");
  }

  private Trial trial(String store) {
    Trial trial = new Trial();
    trial.env.put("JCONTAINER_IMAGES", temp.resolve(store).toString());
    return trial;
  }

  /** What a call that succeeds prints. */
  private String ok(String... args) {
    Trial trial = trial();
    assertThat(trial.run(args)).as(trial.err()).isZero();
    assertThat(trial.err()).isEmpty();
    return trial.out();
  }

  /** What a call that fails says. */
  private String fails(String... args) {
    Trial trial = trial();
    assertThat(trial.run(args)).isEqualTo(ExitCode.FAILED);
    assertThat(trial.err()).startsWith("jcontainer: ").doesNotContain("internal error");
    return trial.err();
  }

  /** Makes an image, and returns its id. */
  private String image(String... options) {
    String[] args =
        Stream.concat(Stream.of("import", rootfs.toString()), Stream.of(options))
            .toArray(String[]::new);
    return ok(args).strip();
  }

  private ImageStore store() {
    return ImageStore.open(temp.resolve("images/store"));
  }

  @Test
  void an_imported_directory_is_listed_as_docker_lists_it() {
    String id = image("example.org/app:1");

    assertThat(ok("images").lines())
        .element(0)
        .asString()
        .matches("REPOSITORY        TAG       IMAGE ID       CREATED +SIZE");
    assertThat(ok("images").lines())
        .element(1)
        .asString()
        .startsWith("example.org/app   1         " + id.substring(7, 19) + "   ")
        .contains(" ago   ")
        .endsWith("kB");
    assertThat(ok("images", "-q")).isEqualTo(id.substring(7, 19) + "\n");
    assertThat(ok("images", "-q", "--no-trunc")).isEqualTo(id + "\n");
    String[] same = {"--format", "{{.Repository}} {{.Tag}} {{.ID}} {{.CreatedAt}} {{.Size}}"};
    assertThat(ok("image", "ls", same[0], same[1]))
        .isEqualTo(ok("image", "list", same[0], same[1]))
        .isEqualTo(ok("images", same[0], same[1]));
  }

  @Test
  void the_digest_of_the_manifest_is_shown_if_asked_for() {
    image("app:1");
    Digest digest = store().images().get(0).target().digest();

    assertThat(ok("images", "--digests")).contains("DIGEST", digest.toString());
    assertThat(ok("images")).doesNotContain(digest.toString());
    assertThat(ok("images", "--format", "{{.Repository}}@{{.Digest}}"))
        .isEqualTo("app@" + digest + "\n");
  }

  @Test
  void formats_are_json_a_line_each_templates_and_tables_of_them() {
    String id = image("app:1").substring(7, 19);

    assertThat(ok("images", "--format", "json"))
        .startsWith("{\"Repository\": \"app\", \"Tag\": \"1\", ")
        .contains("\"ID\": \"" + id + "\"")
        .hasLineCount(1);
    assertThat(ok("images", "--format", "{{.Repository}}:{{.Tag}} {{json .ID}}"))
        .isEqualTo("app:1 \"" + id + "\"\n");
    assertThat(ok("images", "--format", "table {{.ID}}\\t{{.Tag}}"))
        .isEqualTo("IMAGE ID       TAG\n" + id + "   1\n");
    assertThat(fails("images", "--format", "{{.Name}}"))
        .contains("there is no field Name, only Repository, Tag");
    assertThat(fails("images", "--format", "{{range .}}")).contains("{{range .}}");
  }

  @Test
  void filters_and_a_pattern_choose_what_is_listed() throws IOException {
    image("app:1", "-c", "LABEL tier=web");
    Files.writeString(rootfs.resolve("file"), "other");
    image("example.org/team/db:2");
    Files.writeString(rootfs.resolve("file"), "third");
    image(); // without a name

    assertThat(names("-f", "dangling=true")).containsExactly("<none>:<none>");
    assertThat(names("-f", "dangling=false")).hasSize(2);
    assertThat(names("--filter", "label=tier")).containsExactly("app:1");
    assertThat(names("--filter", "label=tier=db")).isEmpty();
    assertThat(names("app")).containsExactly("app:1");
    assertThat(names("a*:1")).containsExactly("app:1");
    assertThat(names("app:2")).isEmpty();
    assertThat(names("example.org/*/d?")).containsExactly("example.org/team/db:2");
    assertThat(names("example.org/*")).isEmpty();
    assertThat(names("-f", "reference=*/*/*:2")).containsExactly("example.org/team/db:2");
    assertThat(names("-f", "until=1h")).isEmpty();
    assertThat(fails("images", "-f", "size=1")).contains("\"size\" is none of dangling");
    assertThat(fails("images", "-f", "dangling=maybe")).contains("true or false");
  }

  private Stream<String> names(String... options) {
    return ok(Stream.concat(
                Stream.of("images", "--format", "{{.Repository}}:{{.Tag}}"), Stream.of(options))
            .toArray(String[]::new))
        .lines();
  }

  @Test
  void a_saved_image_is_loaded_under_its_name_from_a_file_and_from_standard_input()
      throws IOException {
    String id = image("app:1");
    Path archive = temp.resolve("app.tar");
    assertThat(ok("save", "app:1", "-o", archive.toString())).isEmpty();

    Trial file = trial("other");
    assertThat(file.run("load", "-q", "-i", archive.toString())).isZero();
    assertThat(file.out()).isEqualTo("Loaded image: app:1\n");

    Trial stdin = trial("third");
    try (InputStream in = Files.newInputStream(archive)) {
      stdin.in = in;
      assertThat(stdin.run("load")).isZero();
    }
    Trial list = trial("third");
    list.run("images", "-q", "--no-trunc");
    assertThat(list.out()).isEqualTo(id + "\n");
  }

  @Test
  void what_is_saved_by_its_id_has_no_name_and_is_told_by_its_id() {
    String id = image("app:1");
    String digest = ok("images", "--digests", "--format", "{{.Digest}}").strip();
    for (String text : List.of(id.substring(7, 19), "app@" + digest)) {
      Path archive = temp.resolve("app.tar");
      ok("save", "-o", archive.toString(), text);

      Trial other = trial("other");
      assertThat(other.run("load", "-i", archive.toString())).isZero();
      assertThat(other.out()).isEqualTo("Loaded image ID: " + id + "\n");
    }
  }

  @Test
  void an_archive_goes_to_standard_output_but_not_to_a_terminal() throws IOException {
    image("app:1");
    Trial trial = trial();
    assertThat(trial.run("save", "app:1")).isZero();
    Path archive = temp.resolve("app.tar");
    ok("save", "-o", archive.toString(), "app:1");
    assertThat(trial.bytes()).isEqualTo(Files.readAllBytes(archive));

    Trial terminal = trial();
    terminal.terminal = true;
    assertThat(terminal.run("save", "app:1")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("use -o FILE");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void on_a_terminal_a_load_draws_a_bar_unless_it_is_to_be_quiet() {
    image("app:1");
    Path archive = temp.resolve("app.tar");
    ok("save", "-o", archive.toString(), "app:1");
    Trial trial = trial("other");
    trial.terminal = true;
    assertThat(trial.run("load", "-i", archive.toString())).isZero();
    assertThat(trial.out())
        .startsWith("app.tar: Loading [")
        .contains("app.tar: Load complete")
        .endsWith("Loaded image: app:1\n");
    Trial quiet = trial("other");
    quiet.terminal = true;
    assertThat(quiet.run("load", "-q", "-i", archive.toString())).isZero();
    assertThat(quiet.out()).isEqualTo("Loaded image: app:1\n");
  }

  /** Another store, whose runtime unpacks what it is given. */
  private Trial unpacking() {
    Trial trial = trial("other");
    trial.runtime.store = Optional.of(ImageStore.open(temp.resolve("other/store")));
    return trial;
  }

  @Test
  void a_load_hands_layers_to_the_runtime_if_they_are_to_be_unpacked() {
    image("app:1");
    Path archive = temp.resolve("app.tar");
    ok("save", "-o", archive.toString(), "app:1");
    Digest layer = store().manifest(store().images().get(0).target()).layers().get(0).digest();

    for (String verb : List.of("load", "image load")) {
      Trial trial = unpacking();
      assertThat(trial.run((verb + " --unpack -i " + archive).split(" "))).as(trial.err()).isZero();
      assertThat(trial.out()).isEqualTo("Loaded image: app:1\n");
      assertThat(trial.err()).isEmpty();
      assertThat(trial.runtime.unpacked).containsExactly(store().images().get(0).target());
      if (verb.equals("load")) {
        assertThat(trial.runtime.taken).containsExactly(layer);
      } else {
        assertThat(trial.runtime.taken).as("is here already").isEmpty();
      }
      assertThat(trial.runtime.closed).isTrue();
    }
    assertThat(ok("load", "-i", archive.toString())).isEqualTo("Loaded image: app:1\n");
  }

  @Test
  void on_a_terminal_a_load_tells_what_it_unpacks_unless_it_is_to_be_quiet() {
    image("app:1");
    Path archive = temp.resolve("app.tar");
    ok("save", "-o", archive.toString(), "app:1");
    Digest layer = store().manifest(store().images().get(0).target()).layers().get(0).digest();
    Trial trial = unpacking();
    trial.terminal = true;
    assertThat(trial.run("load", "--unpack", "-i", archive.toString())).isZero();
    assertThat(trial.out())
        .startsWith(ImageFacts.shortId(layer) + ": Unpacking\n")
        .contains(ImageFacts.shortId(layer) + ": Unpack complete")
        .endsWith("Loaded image: app:1\n");
    trial.runtime.store.orElseThrow().images().forEach(trial.runtime.store.orElseThrow()::remove);
    trial.runtime.store.orElseThrow().collect();
    Trial quiet = unpacking();
    quiet.terminal = true;
    assertThat(quiet.run("load", "-q", "--unpack", "-i", archive.toString())).isZero();
    assertThat(quiet.out()).isEqualTo("Loaded image: app:1\n");
    assertThat(quiet.runtime.taken).hasSize(1);
  }

  @Test
  void what_no_container_can_be_started_of_is_loaded_and_said_not_to_be_unpacked() {
    ImageStore store = store();
    try (Lease lease = store.lease()) {
      Descriptor thing =
          lease.write(
              MediaType.OCI_MANIFEST,
              Manifest.of(lease.write(new MediaType("application/thing"), new byte[1]), List.of())
                  .toBytes());
      store.tag(ImageReference.parse("thing:1"), thing);
    }
    Path archive = temp.resolve("thing.tar");
    ok("save", "-o", archive.toString(), "thing:1");

    Trial trial = unpacking();
    assertThat(trial.run("load", "--unpack", "-i", archive.toString())).as(trial.err()).isZero();

    assertThat(trial.out()).isEqualTo("Loaded image: thing:1\n");
    assertThat(trial.err()).startsWith("WARNING: thing:1 was not unpacked: manifest: ");
    assertThat(trial.runtime.unpacked).isEmpty();
  }

  @Test
  void images_that_are_here_are_unpacked_by_name_or_id() {
    String id = image("app:1");
    Trial trial = trial();
    trial.runtime.image = Optional.of(RunImageTest.IMAGE);

    assertThat(trial.run("image", "unpack", "app:1", "nothing:1", id.substring(7, 19)))
        .isEqualTo(ExitCode.FAILED);

    assertThat(trial.out()).isEqualTo("Unpacked image: app:1\nUnpacked image: app:1\n");
    assertThat(trial.err()).startsWith("jcontainer: no image \"nothing:1\" is in ");
    assertThat(trial.runtime.asked)
        .containsExactly("docker.io/library/app:1", "docker.io/library/app:1");
    assertThat(fails("image", "unpack", "--platform", "linux/s390x", "app:1"))
        .contains("not for linux/s390x");
  }

  @Test
  void a_bad_archive_is_called_by_its_name_on_a_terminal_too() throws IOException {
    Path bad = Files.writeString(temp.resolve("bad.tar"), "no archive at all");
    Trial trial = trial();
    trial.terminal = true;
    assertThat(trial.run("load", "-i", bad.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(trial.err()).contains("cannot load the archive " + bad);
  }

  @Test
  void an_archive_is_not_read_from_a_terminal() {
    Trial trial = trial();
    trial.typed = true;
    assertThat(trial.run("load")).isEqualTo(ExitCode.FAILED);
    assertThat(trial.err()).contains("use -i FILE");
    assertThat(trial.run("import", "-")).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void a_bad_archive_is_refused_and_leaves_no_image() throws IOException {
    Path bad = Files.writeString(temp.resolve("bad.tar"), "no archive at all");
    assertThat(fails("load", "-i", bad.toString())).contains("cannot load the archive " + bad);
    assertThat(fails("load", "-i", temp.resolve("nowhere").toString())).contains("nowhere");
    assertThat(ok("images", "-q")).isEmpty();
  }

  @Test
  void an_import_from_a_stream_has_the_changes_platform_and_message() throws IOException {
    Path archive = temp.resolve("rootfs.tar");
    Process tar =
        new ProcessBuilder("tar", "-C", rootfs.toString(), "-cf", archive.toString(), ".").start();
    assertThat(waitFor(tar)).isZero();
    Trial trial = trial();
    try (InputStream in = Files.newInputStream(archive)) {
      trial.in = in;
      assertThat(
              trial.run(
                  "import",
                  "-c",
                  "CMD [\"sh\"]",
                  "--change=ENV A=1",
                  "--platform",
                  "linux/arm64",
                  "-m",
                  "made by hand",
                  "-",
                  "app"))
          .as(trial.err())
          .isZero();
    }
    assertThat(
            ok(
                "inspect",
                "-f",
                "{{.Architecture}} {{.Config.Cmd}} {{json .Config.Env}} {{.Comment}} {{.RepoTags}}",
                "app"))
        .isEqualTo("arm64 [sh] [\"A=1\"] made by hand [app:latest]\n");
    assertThat(ok("history", "app")).contains("made by hand");
  }

  private static int waitFor(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void nothing_is_imported_from_the_network_or_under_a_digest() {
    assertThat(fails("import", "https://example.org/x.tar")).contains("curl");
    assertThat(fails("import", rootfs.toString(), "app@sha256:" + "0".repeat(64)))
        .contains("has a digest");
  }

  @Test
  void inspect_prints_an_array_with_dockers_fields() {
    String id = image("app:1", "-c", "EXPOSE 80", "-c", "LABEL a=\"b c\"");
    ok("tag", "app:1", "example.org/app:2");

    assertThat(ok("inspect", "app:1"))
        .startsWith("[\n    {\n        \"Id\": \"" + id + "\",\n")
        .contains("            \"app:1\",\n            \"example.org/app:2\"\n")
        .contains("\"80/tcp\": {}", "\"a\": \"b c\"", "\"Os\": \"linux\"", "\"Type\": \"layers\"")
        .endsWith("    }\n]\n");
    assertThat(ok("inspect", "--format", "json", "app:1")).startsWith("[{\"Id\": ").hasLineCount(1);
    assertThat(ok("image", "inspect", "app:1")).isEqualTo(ok("inspect", id));
  }

  @Test
  void what_is_there_is_inspected_also_if_something_else_is_not() {
    image("app:1");
    Trial trial = trial();
    assertThat(trial.run("inspect", "-f", "{{.RepoTags}}", "nothing", "app:1"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(trial.out()).isEqualTo("[app:1]\n");
    assertThat(trial.err()).contains("no image \"nothing\"", "images lists what there is");
  }

  @Test
  void a_container_goes_before_an_image_unless_the_type_says_otherwise() {
    String id = image("box");
    String container = "0123456789ab";
    assertThat(inspectBox()).isEqualTo(container);
    assertThat(inspectBox("--type=container")).isEqualTo(container);
    assertThat(inspectBox("--type=image")).isEqualTo(id);
    assertThat(ok("image", "inspect", "-f", "{{.Id}}", "box").strip()).isEqualTo(id);
    assertThat(fails("inspect", "--type", "container", "box")).contains("no container \"box\"");
  }

  private String inspectBox(String... options) {
    Trial trial = trial();
    trial.runtime.handles.add(FakeHandle.of("0123456789ab", "box"));
    String[] args =
        Stream.of(Stream.of("inspect", "-f", "{{.Id}}"), Stream.of(options), Stream.of("box"))
            .flatMap(words -> words)
            .toArray(String[]::new);
    assertThat(trial.run(args)).as(trial.err()).isZero();
    return trial.out().strip();
  }

  @Test
  void an_image_is_found_by_name_id_prefix_and_digest() {
    String id = image("app:1");
    String digest = ok("images", "--format", "{{.Digest}}").strip();
    for (String name :
        new String[] {
          "app:1",
          "docker.io/library/app:1",
          id,
          id.substring(7),
          id.substring(7, 10),
          id.substring(0, 12),
          digest,
          "app@" + digest
        }) {
      assertThat(ok("inspect", "-f", "{{.Id}}", name)).as(name).isEqualTo(id + "\n");
    }
    fails("inspect", "app");
    fails("inspect", "other@" + digest);
    fails("inspect", "");
  }

  @Test
  void the_beginning_of_two_ids_is_refused() throws IOException {
    for (int i = 0; i < 17; i++) { // two of 17 begin with the same digit
      Files.writeString(rootfs.resolve("file"), "content " + i);
      image();
    }
    String twice =
        ok("images", "-q")
            .lines()
            .map(each -> each.substring(0, 1))
            .filter(
                each -> ok("images", "-q").lines().filter(id -> id.startsWith(each)).count() > 1)
            .findFirst()
            .orElseThrow();
    assertThat(fails("rmi", twice)).contains("is the beginning of several ids: " + twice);
    assertThat(ok("images", "-q").lines()).hasSize(17);
  }

  @Test
  void a_name_is_taken_away_and_with_the_last_one_the_image() throws IOException {
    String id = image("app:1");
    ok("tag", "app:1", "app:2");

    assertThat(ok("rmi", "app:1")).isEqualTo("Untagged: app:1\n");
    assertThat(blobs()).isEqualTo(3);
    assertThat(ok("image", "rm", "app:2")).isEqualTo("Untagged: app:2\nDeleted: " + id + "\n");
    assertThat(blobs()).isZero();
    assertThat(fails("rmi", "app:2")).contains("no image \"app:2\"");
  }

  private long blobs() throws IOException {
    try (Stream<Path> files = Files.list(temp.resolve("images/store/blobs/sha256"))) {
      return files.count();
    }
  }

  @Test
  void an_id_stands_for_all_names_in_one_repository_and_needs_force_for_several() {
    String id = image("app:1");
    ok("tag", "app:1", "app:2");
    ok("tag", "app:1", "example.org/app:1");

    assertThat(fails("rmi", id)).contains("several repositories", "app:1", "example.org/app:1");
    assertThat(ok("rmi", "example.org/app:1", id.substring(7, 19)).lines())
        .containsExactlyInAnyOrder(
            "Untagged: example.org/app:1", "Untagged: app:1", "Untagged: app:2", "Deleted: " + id);

    image("app:1");
    ok("tag", "app:1", "example.org/app:1");
    String again = ok("inspect", "-f", "{{.Id}}", "app:1").strip();
    assertThat(ok("rmi", "-f", again)).contains("Untagged: app:1", "Untagged: example.org/app:1");
    assertThat(ok("images", "-q")).isEmpty();
  }

  @Test
  void a_name_and_a_digest_stand_for_all_names_in_the_repository() {
    String id = image("app:1");
    ok("tag", "app:1", "app:2");
    String digest = ok("images", "--digests", "--format", "{{.Digest}}").lines().findFirst().get();
    ok("tag", "app:9@" + digest, "other:1");
    assertThat(ok("inspect", "-f", "{{.Id}}", "app@" + digest)).isEqualTo(id + "\n");
    assertThat(fails("inspect", "example.org/app@" + digest)).contains("no image");

    assertThat(ok("rmi", "app@" + digest)).isEqualTo("Untagged: app:1\nUntagged: app:2\n");
    assertThat(fails("rmi", "app@" + digest)).contains("no image");
    assertThat(ok("rmi", "other@" + digest)).isEqualTo("Untagged: other:1\nDeleted: " + id + "\n");
  }

  @Test
  void what_is_removed_twice_is_told() {
    String id = image("app:1").substring(7);
    Trial trial = trial();
    assertThat(trial.run("rmi", id, id)).isEqualTo(ExitCode.FAILED);
    assertThat(trial.out()).isEqualTo("Untagged: app:1\nDeleted: sha256:" + id + "\n");
    assertThat(trial.err()).contains("no image \"" + id);
  }

  @Test
  void what_is_not_there_is_told_and_the_others_are_removed() {
    image("app:1");
    Trial trial = trial();
    assertThat(trial.run("rmi", "nothing", "app:1", "-f")).isZero();
    assertThat(trial.err()).contains("no image \"nothing\"");
    assertThat(trial.out()).contains("Untagged: app:1");
  }

  @Test
  void layers_can_be_left_for_a_later_prune() throws IOException {
    image("app:1");
    ok("rmi", "--no-prune", "app:1");
    assertThat(blobs()).isEqualTo(3);
    assertThat(ok("image", "prune", "--force")).matches("Total reclaimed space: [0-9.]+kB\n");
    assertThat(blobs()).isZero();
  }

  @Test
  void a_tag_moves_and_is_none_with_a_digest() throws IOException {
    String first = image("app:1");
    Files.writeString(rootfs.resolve("file"), "other");
    String second = image("app:2");
    ok("tag", second, "app:1");

    assertThat(ok("inspect", "-f", "{{.Id}}", "app:1")).isEqualTo(second + "\n");
    fails("inspect", first);
    assertThat(fails("tag", "app:1", "x@sha256:" + "0".repeat(64))).contains("has a digest");
    assertThat(fails("tag", "app:1", "UPPER")).contains("upper-case");
    assertThat(fails("tag", "nothing", "x")).contains("no image \"nothing\"");
  }

  @Test
  void images_are_sorted_by_what_is_asked_for() throws IOException {
    image("b/one:2");
    Files.writeString(rootfs.resolve("more"), "x".repeat(50_000));
    image("a/two:1");

    String names = "{{.Repository}}:{{.Tag}}";
    assertThat(ok("images", "--sort", "repository", "--format", names))
        .isEqualTo("a/two:1\nb/one:2\n");
    assertThat(ok("images", "--sort", "size", "--format", names)).isEqualTo("b/one:2\na/two:1\n");
    assertThat(ok("images", "--sort", "tag", "--format", names)).isEqualTo("a/two:1\nb/one:2\n");
    assertThat(ok("images", "--sort", "created")).isEqualTo(ok("images"));
    assertThat(ok("images", "--sort", "id", "-q", "--no-trunc").lines()).isSorted().hasSize(2);
    assertThat(fails("images", "--sort", "colour")).contains("none of created, id");
    assertThat(ok("images").lines()).hasSize(3).element(0).asString().startsWith("REPOSITORY");
    assertThat(ok("images", "--noheading").lines()).hasSize(2);
    assertThat(ok("image", "ls", "-n", "--format", "table {{.ID}}").lines()).hasSize(2);
  }

  @Test
  void the_history_goes_down_from_the_id() {
    String id = image("app:1");

    assertThat(ok("history", "app:1").lines())
        .hasSize(2)
        .element(0)
        .asString()
        .matches("IMAGE {10}CREATED +CREATED BY {3}SIZE +COMMENT");
    assertThat(ok("history", "-q", "app:1")).isEqualTo(id.substring(7, 19) + "\n");
    assertThat(ok("history", "-q", "--no-trunc", "app:1")).isEqualTo(id + "\n");
    assertThat(ok("image", "history", "--format", "{{.ID}} {{.Comment}}", "app:1"))
        .isEqualTo(id.substring(7, 19) + " Imported from " + rootfs + "\n");
  }

  @Test
  void what_images_need_is_shown_and_what_of_it_a_prune_would_remove() {
    image("app:1");
    ok("rmi", "--no-prune", "app:1");
    assertThat(ok("system", "df").lines().map(line -> line.replaceAll(" +", " ")))
        .satisfiesExactly(
            head -> assertThat(head).isEqualTo("TYPE TOTAL ACTIVE SIZE RECLAIMABLE"),
            images -> assertThat(images).matches("Images 0 0 ([0-9.]+kB) \\1 \\(100%\\)"),
            layers -> assertThat(layers).isEqualTo("Unpacked layers 0 0 0B 0B"),
            underWay -> assertThat(underWay).isEqualTo("Under way 0 0 0B 0B"));
  }

  @Test
  void unpacked_layers_are_counted_with_those_that_containers_use() throws IOException {
    image("app:1");
    Files.createDirectories(temp.resolve("images/layers"));
    Trial trial = trial();
    trial.runtime.usage =
        new LayerUsage(
            7,
            3,
            Set.of(digest("app:1")),
            ByteSize.ofBytes(4_000_000),
            ByteSize.ofBytes(1_000_000));
    assertThat(
            trial.run(
                "system",
                "df",
                "--format",
                "{{.Type}} {{.TotalCount}} {{.Active}} {{.Reclaimable}}"))
        .isZero();
    assertThat(trial.out())
        .isEqualTo("Images 1 1 0B (0%)\nUnpacked layers 7 3 1MB (25%)\nUnder way 0 0 0B\n");
  }

  @Test
  void each_image_is_shown_with_what_it_shares_and_whether_it_is_used() throws IOException {
    image("app:1");
    ok("tag", "app:1", "app:same");
    image("-c", "USER nobody", "app:2"); // with the same layer
    Files.writeString(rootfs.resolve("file"), "other");
    image("app:3");
    Files.createDirectories(temp.resolve("images/layers"));
    Trial trial = trial();
    trial.runtime.usage =
        new LayerUsage(1, 1, Set.of(digest("app:2")), ByteSize.ofBytes(1), ByteSize.ofBytes(0));
    assertThat(trial.run("system", "df", "-v")).as(trial.err()).isZero();
    List<String> lines = trial.out().lines().map(line -> line.replaceAll(" {2,}", "|")).toList();
    assertThat(lines.get(0))
        .isEqualTo("REPOSITORY|TAG|IMAGE ID|CREATED|SIZE|SHARED SIZE|UNIQUE SIZE|ACTIVE");
    String layer = "app\\|%s\\|[0-9a-f]{12}\\|[^|]+\\|[0-9.]+kB\\|%s\\|[0-9]+B\\|%s";
    assertThat(lines)
        .hasSize(5)
        .anyMatch(line -> line.matches(layer.formatted("1", "[0-9.]+kB", "false")))
        .anyMatch(line -> line.matches(layer.formatted("same", "[0-9.]+kB", "false")))
        .anyMatch(line -> line.matches(layer.formatted("2", "[0-9.]+kB", "true")))
        .anyMatch(line -> line.matches("app\\|3\\|[^|]+\\|[^|]+\\|([^|]+)\\|0B\\|\\1\\|false"));
    assertThat(ok("system", "df", "-v", "--format", "{{.Tag}} {{.Active}}").lines())
        .containsExactlyInAnyOrder("1 false", "same false", "2 false", "3 false");
  }

  private String digest(String image) {
    return ok("images", "--format", "{{.Digest}}", image).strip();
  }

  @Test
  void images_without_a_name_are_pruned_and_all_if_asked_for() throws IOException {
    String kept = image("app:1");
    Files.writeString(rootfs.resolve("file"), "other");
    String dangling = image();

    assertThat(ok("image", "prune", "-f"))
        .contains("Deleted Images:\ndeleted: " + dangling + "\n\nTotal reclaimed space: ");
    assertThat(ok("images", "-q", "--no-trunc")).isEqualTo(kept + "\n");
    assertThat(ok("image", "prune", "-f", "-a", "--filter", "until=1h"))
        .isEqualTo("Total reclaimed space: 0B\n");
    assertThat(ok("image", "prune", "-f", "-a"))
        .contains("untagged: app:1\ndeleted: " + kept + "\n");
    assertThat(blobs()).isZero();
  }

  @Test
  void unpacked_layers_that_no_image_has_are_removed_with_the_images() throws IOException {
    image("app:1");
    Trial none = trial();
    none.run("image", "prune", "-f");
    assertThat(none.runtime.prunes).as("no layer was ever unpacked").isZero();

    Files.createDirectory(temp.resolve("images/layers"));
    Trial prune = trial();
    prune.runtime.prunable = 2;
    assertThat(prune.run("image", "prune", "-f")).isZero();
    assertThat(prune.out()).isEqualTo("Unpacked layers removed: 2\nTotal reclaimed space: 0B\n");
    Trial remove = trial();
    assertThat(remove.run("rmi", "app:1")).isZero();
    assertThat(remove.runtime.prunes).isOne();
  }

  @Test
  void nothing_is_pruned_without_a_yes() {
    String id = image();
    Trial no = trial();
    no.in = new ByteArrayInputStream("\n".getBytes(StandardCharsets.UTF_8));
    assertThat(no.run("image", "prune")).isEqualTo(ExitCode.FAILED);
    assertThat(no.out()).contains("Are you sure you want to continue? [y/N]");
    assertThat(no.err()).contains("nothing was removed");
    assertThat(trial().run("image", "prune")).as("at the end of the input").isNotZero();

    Trial yes = trial();
    yes.in = new ByteArrayInputStream("y\n".getBytes(StandardCharsets.UTF_8));
    assertThat(yes.run("image", "prune")).isZero();
    assertThat(yes.out()).contains("deleted: " + id);
  }

  @Test
  void a_damaged_image_is_found_told_everywhere_and_removed_by_repair() throws IOException {
    String id = image("app:1");
    Files.writeString(rootfs.resolve("file"), "other");
    image("good:1");
    assertThat(ok("image", "fsck")).startsWith("2 images, 6 blobs, ").endsWith("no problem\n");
    Path config = temp.resolve("images/store/blobs/sha256").resolve(id.substring(7));
    Files.writeString(config, Files.readString(config).replace("linux", "limux"));

    Trial list = trial();
    assertThat(list.run("images", "--format", "{{.Repository}} {{.CreatedSince}}")).isZero();
    assertThat(list.out()).contains("app N/A\n").contains("good ");
    assertThat(list.err()).contains("app:1: ").contains("image fsck says more");

    Trial fsck = trial();
    assertThat(fsck.run("image", "fsck")).isEqualTo(ExitCode.UNFIT);
    assertThat(fsck.err()).contains(id.substring(7)).contains("with --repair");
    Trial repair = trial();
    assertThat(repair.run("image", "fsck", "--repair")).isEqualTo(ExitCode.UNFIT);
    assertThat(repair.err())
        .contains("still: image docker.io/library/app:1", "remove them with rmi");

    ok("rmi", "app:1");
    assertThat(ok("image", "fsck")).endsWith("no problem\n");
    assertThat(ok("images", "--format", "{{.Repository}}")).isEqualTo("good\n");
  }

  @Test
  void text_of_an_image_does_not_reach_the_terminal_as_commands() {
    image("app:1", "-m", "\033[2Jgone", "-c", "LABEL a=\"\033]0;x\"");

    assertThat(ok("history", "app:1")).contains("?[2Jgone").doesNotContain("\033");
    assertThat(ok("inspect", "app:1")).contains("\\u001b").doesNotContain("\033");
    assertThat(ok("inspect", "-f", "{{.Config.Labels}}", "app:1")).doesNotContain("\033");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "image",
        "image fly",
        "image unpack",
        "image unpack --pull always app",
        "image ls --frobnicate",
        "images a b",
        "save",
        "rmi",
        "tag a",
        "history",
        "inspect",
        "import",
        "images --images=",
        "load --platform x"
      })
  void a_wrong_call_exits_with_125_and_says_where_help_is(String line) {
    Trial trial = trial();
    assertThat(trial.run(line.split(" "))).isEqualTo(ExitCode.FAILED);
    assertThat(trial.out()).isEmpty();
    assertThat(trial.err())
        .startsWith("jcontainer: ")
        .doesNotContain("\tat ", "Exception", "internal error")
        .contains("--help'");
    assertThat(temp.resolve("images")).doesNotExist();
  }

  @Test
  void the_group_prints_help_for_itself_and_its_verbs() {
    assertThat(ok("image", "--help")).contains("ls", "prune", "fsck", "history", "unpack");
    assertThat(ok("image", "unpack", "--help")).contains("pull --unpack", "--platform", "--images");
    assertThat(ok("load", "--help")).contains("--unpack");
    assertThat(ok("pull", "--help")).contains("--unpack");
    assertThat(ok("image", "fsck", "--help")).contains("--repair");
    assertThat(ok("images", "--help")).contains("--no-trunc", "--digests", "--images");
  }

  @Test
  void the_directory_is_an_option_a_variable_or_the_users_own() {
    Trial option = trial("variable");
    Path chosen = temp.resolve("option");
    assertThat(option.run("images", "--images", chosen.toString())).isZero();
    assertThat(chosen.resolve("store")).isDirectory();
    assertThat(temp.resolve("variable")).doesNotExist();
  }
}
