package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ContainerSpec;
import io.jcontainer.Image;
import io.jcontainer.Signal;
import io.jcontainer.User;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.Lease;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** run with an image: what is asked of the runtime, and which words are what. */
class RunImageTest {
  private static final String DIGEST = "sha256:" + "1".repeat(64);
  static final Image IMAGE =
      new Image(
          Optional.of("docker.io/library/app:1"),
          DIGEST,
          Map.of("A", "image's", "B", "image's"),
          List.of("/entry"),
          List.of("by", "default"),
          User.of(7, 8),
          "/srv",
          Set.of(),
          Set.of("/data"),
          Optional.of(Signal.INT),
          Map.of());

  @TempDir private Path temp;
  private Trial trial = new Trial();

  @BeforeEach
  void makeImage() throws IOException {
    Path rootfs = Files.createDirectories(temp.resolve("rootfs"));
    Files.writeString(rootfs.resolve("file"), "content");
    trial = another();
    Trial make = another();
    assertThat(make.run("import", rootfs.toString(), "app:1")).as(make.err()).isZero();
  }

  private Trial another() {
    Trial made = new Trial();
    made.runtime.image = Optional.of(IMAGE);
    made.env.put("JCONTAINER_IMAGES", temp.resolve("images").toString());
    return made;
  }

  private ImageStore store() {
    return ImageStore.open(temp.resolve("images/store"));
  }

  @Test
  void the_first_word_is_the_image_and_the_rest_replaces_its_command() {
    ContainerSpec none = trial.specOf("run", "app:1");
    assertThat(none.command()).containsExactly("/entry", "by", "default");
    assertThat(trial.runtime.asked).containsExactly("docker.io/library/app:1");
    assertThat(none.rootfs().flatMap(root -> root.imageDigest())).contains(DIGEST);
    assertThat(none.volumes()).containsExactly("/data");
    assertThat(none.stopSignal()).isEqualTo(Signal.INT);

    assertThat(another().specOf("run", "-i", "app:1", "-c", "--", "x").command())
        .containsExactly("/entry", "-c", "--", "x");
  }

  @Test
  void an_entrypoint_goes_without_the_images_command() {
    assertThat(trial.specOf("run", "--entrypoint", "/other", "app:1").command())
        .containsExactly("/other");
    assertThat(another().specOf("run", "--entrypoint=/other", "app:1", "x").command())
        .containsExactly("/other", "x");
    assertThat(another().specOf("run", "--entrypoint=", "app:1", "sh").command())
        .containsExactly("sh");
    assertThat(another().specOf("run", "--entrypoint", "sh", "--", "-c", "id").command())
        .as("also one of the host's programs")
        .containsExactly("sh", "-c", "id");
  }

  @Test
  void options_go_before_what_the_image_says() {
    ContainerSpec image = trial.specOf("run", "app:1");
    assertThat(image.env()).containsEntry("A", "image's");
    assertThat(image.cwd()).isEqualTo("/srv");
    assertThat(image.process().user()).isEqualTo(User.of(7, 8));

    ContainerSpec ours =
        another()
            .specOf(
                "run",
                "-e",
                "A=ours",
                "-w",
                "/tmp",
                "-u",
                "1:2",
                "--stop-signal",
                "TERM",
                "--read-only",
                "app:1");
    assertThat(ours.env()).containsEntry("A", "ours").containsEntry("B", "image's");
    assertThat(ours.cwd()).isEqualTo("/tmp");
    assertThat(ours.process().user()).isEqualTo(User.of(1, 2));
    assertThat(ours.stopSignal()).isEqualTo(Signal.TERM);
    assertThat(ours.rootfs()).hasValueSatisfying(root -> assertThat(root.isReadOnly()).isTrue());
  }

  @Test
  void behind_two_hyphens_and_with_a_root_directory_there_is_no_image() {
    assertThat(trial.specOf("run", "--", "app:1").rootfs())
        .hasValueSatisfying(root -> assertThat(root.isHost()).isTrue());
    assertThat(another().specOf("run", "--rootfs", "/base", "app:1").command())
        .containsExactly("app:1");
    assertThat(trial.runtime.asked).isEmpty();
  }

  @Test
  void an_image_is_named_by_the_beginning_of_its_id_too() {
    Trial list = another();
    list.run("images", "--format", "{{.ID}}");
    trial.specOf("run", list.out().strip());
    assertThat(trial.runtime.asked).containsExactly("docker.io/library/app:1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--pull=never app:2", "--pull=often app:1", "--platform x app:1", "UPPER"})
  void what_cannot_be_found_is_told_and_nothing_started(String line) {
    assertThat(trial.run(("run " + line).split(" "))).isEqualTo(ExitCode.FAILED);
    assertThat(trial.runtime.started).isEmpty();
    assertThat(trial.err()).startsWith("jcontainer: ").doesNotContain("internal error");
  }

  @Test
  void what_is_not_here_is_pulled_and_that_goes_to_standard_error() {
    try (FakeRegistry registry = FakeRegistry.start()) {
      String name = registry.host() + "/app:1";
      assertThat(another().run("tag", "app:1", name)).isZero();
      assertThat(another().run("push", name)).isZero();
      assertThat(another().run("rmi", name, "app:1")).isZero();

      trial.specOf("run", name);
      assertThat(trial.runtime.asked).containsExactly(name);
      assertThat(trial.out()).isEmpty();
      assertThat(trial.err())
          .startsWith("Unable to find image '" + name + "' locally\n")
          .contains(": Pull complete\n");

      registry.requests.clear();
      Trial again = another();
      again.specOf("run", name);
      assertThat(again.err()).isEmpty();
      assertThat(registry.requests).isEmpty();
      another().specOf("run", "--pull", "always", name);
      assertThat(registry.requests).isNotEmpty();
    }
  }

  @Test
  void an_image_for_another_platform_is_not_the_one_that_is_asked_for() {
    String current = Platform.current().toString();
    trial.specOf("run", "--pull=never", "--platform", current, "app:1");
    assertThat(trial.runtime.asked).containsExactly("docker.io/library/app:1");

    Trial never = another();
    assertThat(never.run("run", "--pull=never", "--platform", "linux/riscv64", "app:1"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(never.err())
        .contains("app:1", "is for " + current + ", not for linux/riscv64", "--pull=never");

    try (FakeRegistry registry = FakeRegistry.start()) {
      String name = registry.host() + "/app:1";
      another().run("tag", "app:1", name);
      assertThat(another().run("push", name)).isZero();
      registry.requests.clear();
      Trial missing = another();
      assertThat(missing.run("run", "--platform", "linux/riscv64", name))
          .isEqualTo(ExitCode.FAILED);
      assertThat(registry.requests).as("it is asked for one").isNotEmpty();
      assertThat(missing.err()).contains("is for " + current + ", not for linux/riscv64");
      assertThat(missing.runtime.started).isEmpty();
    }
  }

  @Test
  void the_only_image_runs_whatever_it_is_for_unless_that_is_asked() throws IOException {
    Trial make = another();
    assertThat(
            make.run(
                "import", "--platform", "linux/riscv64", temp.resolve("rootfs").toString(), "v:1"))
        .as(make.err())
        .isZero();
    trial.specOf("run", "--pull=never", "v:1");
    assertThat(trial.runtime.asked).containsExactly("docker.io/library/v:1");
  }

  @Test
  void of_an_image_for_several_platforms_another_one_can_be_chosen() throws IOException {
    List<Descriptor> manifests = new ArrayList<>();
    for (String platform : List.of("linux/amd64", "linux/arm64")) {
      Files.writeString(temp.resolve("rootfs/file"), platform);
      Trial make = another();
      assertThat(
              make.run(
                  "import", "--platform", platform, temp.resolve("rootfs").toString(), "part:1"))
          .isZero();
      manifests.add(
          store()
              .find(ImageReference.parse("part:1"))
              .orElseThrow()
              .withPlatform(Platform.parse(platform)));
      another().run("tag", "part:1", "part:" + manifests.size() + "0");
    }
    try (Lease lease = store().lease()) {
      store()
          .tag(
              ImageReference.parse("multi:1"),
              lease.write(MediaType.OCI_INDEX, Index.of(manifests).toBytes()));
    }
    String other =
        Platform.current().architecture().equals("arm64") ? "linux/amd64" : "linux/arm64";
    int index = other.equals("linux/arm64") ? 1 : 0;
    List<StoredImage> before = store().images();
    trial.specOf("run", "--platform", other, "multi:1");
    assertThat(trial.runtime.asked)
        .containsExactly("docker.io/library/multi@" + manifests.get(index).digest());
    assertThat(store().images()).as("no further names").isEqualTo(before);

    Trial same = another();
    same.specOf("run", "--platform", Platform.current().toString(), "multi:1");
    assertThat(same.runtime.asked).containsExactly("docker.io/library/multi:1");
  }
}
