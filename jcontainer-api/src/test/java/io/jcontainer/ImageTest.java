package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ImageTest {
  private static final String DIGEST = "sha256:" + "5".repeat(64);

  private static Image image(List<String> entrypoint, List<String> command) {
    return new Image(
        Optional.of("docker.io/library/app:1"),
        DIGEST,
        Map.of("A", "1"),
        entrypoint,
        command,
        User.parse("app:100"),
        "/srv/app",
        Set.of("80/tcp"),
        Set.of("/data"),
        Optional.of(Signal.QUIT),
        Map.of("a.label", "of it"));
  }

  private static Image with(Map<String, String> environment, String directory, String volume) {
    return new Image(
        Optional.empty(),
        DIGEST,
        environment,
        List.of(),
        List.of(),
        User.root(),
        directory,
        Set.of(),
        Set.of(volume),
        Optional.empty(),
        Map.of());
  }

  private static void refused(ThrowingCallable make, String field, String says) {
    assertThatThrownBy(make)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field))
        .hasMessageContaining(says);
  }

  @Test
  void a_spec_has_all_that_an_image_says_and_nothing_else_of_it() {
    Image image = image(List.of("/entry"), List.of("serve", "-v"));

    ContainerSpec spec = ContainerSpec.from(image).build();

    assertThat(spec.command()).containsExactly("/entry", "serve", "-v");
    assertThat(spec.env()).containsExactly(Map.entry("A", "1"));
    assertThat(spec.user()).isEqualTo(new User("app", "100"));
    assertThat(spec.cwd()).isEqualTo("/srv/app");
    assertThat(spec.makesCwd()).isTrue();
    assertThat(spec.volumes()).containsExactly("/data");
    assertThat(spec.stopSignal()).isEqualTo(Signal.QUIT);
    assertThat(spec.rootfs()).contains(LayeredRootfs.image(image));
    assertThat(spec.mounts()).isEmpty();
    assertThat(spec.limits()).isEmpty();
    assertThat(spec.hostname()).isEmpty();
    assertThat(spec.capabilities()).isEqualTo(Capabilities.defaults());
  }

  @Test
  void an_image_without_a_stop_signal_leaves_the_usual_one() {
    assertThat(ContainerSpec.from(with(Map.of(), "/", "/data")).command("sh").build().stopSignal())
        .isEqualTo(Signal.TERM);
  }

  @Test
  void another_command_is_behind_the_images_entrypoint() {
    Image image = image(List.of("/entry"), List.of("serve"));

    assertThat(ContainerSpec.from(image).command("check").build().command())
        .containsExactly("/entry", "check");
    assertThat(ContainerSpec.from(image).command(List.of()).build().command())
        .containsExactly("/entry");
  }

  @Test
  void another_entrypoint_drops_the_images_command_whatever_comes_first() {
    Image image = image(List.of("/entry"), List.of("serve"));

    assertThat(ContainerSpec.from(image).entrypoint("sh").build().command()).containsExactly("sh");
    assertThat(ContainerSpec.from(image).entrypoint("sh").command("-c", "id").build().command())
        .containsExactly("sh", "-c", "id");
    assertThat(ContainerSpec.from(image).command("-c", "id").entrypoint("sh").build().command())
        .containsExactly("sh", "-c", "id");
    assertThat(ContainerSpec.from(image).entrypoint().command("id").build().command())
        .containsExactly("id");
    assertThat(
            ContainerSpec.from(image).process(p -> p.entrypoint(List.of("sh"))).build().command())
        .containsExactly("sh");
  }

  @Test
  void a_copy_of_a_spec_keeps_the_entrypoint() {
    ContainerSpec spec = ContainerSpec.from(image(List.of("/entry"), List.of("serve"))).build();

    assertThat(spec.process().entrypoint()).containsExactly("/entry");
    assertThat(spec.toBuilder().build().command()).containsExactly("/entry", "serve");
    assertThat(spec.toBuilder().command("check").build().command())
        .containsExactly("/entry", "check");
    assertThat(spec.toBuilder().build().makesCwd()).isTrue();
    assertThat(spec.toBuilder().build().volumes()).containsExactly("/data");
  }

  @Test
  void an_image_without_a_command_needs_one() {
    refused(
        () -> ContainerSpec.from(image(List.of(), List.of())).build(),
        "command",
        "a program is needed");
  }

  @Test
  void what_an_image_says_can_be_changed() {
    ContainerSpec spec =
        ContainerSpec.from(image(List.of(), List.of("sh")))
            .env("A", "2")
            .env("B", "3")
            .user("0")
            .cwd("/")
            .stopSignal(Signal.INT)
            .build();

    assertThat(spec.env()).containsExactly(Map.entry("A", "2"), Map.entry("B", "3"));
    assertThat(spec.user()).isEqualTo(new User("0", null));
    assertThat(spec.cwd()).isEqualTo("/");
    assertThat(spec.stopSignal()).isEqualTo(Signal.INT);
  }

  /** CVE-2019-16884 and others: VOLUME /proc. */
  @Test
  void a_volume_in_place_of_the_kernels_file_systems_is_refused() {
    for (String path :
        List.of("/proc", "/proc/self", "/proc/sys/kernel", "/sys", "/sys/fs", "/dev")) {
      refused(() -> with(Map.of(), "/", path), "volumes", "nothing can be mounted on " + path);
      refused(
          () -> ContainerSpec.builder().command("sh").volumes(path).build(),
          "volumes",
          "nothing can be mounted on " + path);
    }
    for (String path : List.of("/", "data", "/a/../proc", "/a//b", "/./proc", "/a\0")) {
      assertThatThrownBy(() -> with(Map.of(), "/", path)).isInstanceOf(InvalidSpecException.class);
    }
  }

  @Test
  void what_no_process_could_be_given_is_refused() {
    refused(() -> with(Map.of("", "x"), "/", "/data"), "env", "cannot name a variable");
    refused(() -> with(Map.of("A", "x\0"), "/", "/data"), "env", "NUL");
    refused(() -> with(Map.of(), "srv", "/data"), "cwd", "not an absolute path");
    refused(() -> image(List.of("a\0"), List.of()), "entrypoint", "NUL");
    refused(() -> image(List.of(), List.of("a\0")), "command", "NUL");
    assertThatThrownBy(
            () ->
                new Image(
                    Optional.empty(),
                    "sha256:../../x",
                    Map.of(),
                    List.of(),
                    List.of(),
                    User.root(),
                    "/",
                    Set.of(),
                    Set.of(),
                    Optional.empty(),
                    Map.of()))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("is not sha256:");
  }

  @Test
  void a_directory_that_is_made_and_a_volume_are_never_the_hosts() {
    Namespaces shared = Namespaces.builder().mount(Namespace.host()).pid(Namespace.host()).build();
    refused(
        () -> ContainerSpec.builder().command("sh").namespaces(shared).volumes("/data").build(),
        "volumes",
        "own mount namespace");
    refused(
        () -> ContainerSpec.builder().command("sh").namespaces(shared).makeCwd(true).build(),
        "makeCwd",
        "own mount namespace");
  }
}
