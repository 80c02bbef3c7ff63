package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Image;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.Signal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Images that are made of containers. */
@Timeout(60)
@LeakChecked
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class CommitIT {
  /** All that a file is, but for what a file system of its own has. */
  private static final String LIST =
      "find /bin /etc /home /root /srv /tmp /usr /var -xdev | sort | while read -r f;"
          + " do stat -c '%n %A %u:%g %Y' \"$f\"; [ -f \"$f\" ] && md5sum <\"$f\";"
          + " [ -L \"$f\" ] && readlink \"$f\"; done; true";

  private static final String CHANGES =
      "umask 022; mkdir -p /srv/a/b; echo x >/srv/a/b/c; ln /srv/a/b/c /srv/hard; ln -s c /srv/l;"
          + " rm /etc/group; chmod 4711 /srv/hard; chown 3:4 /srv/a; rm -r /var; mkdir -m 750 /var;"
          + " echo y >/etc/passwd; mkfifo /srv/p; ";

  private static ContainerRuntime runtime(Path images) {
    return ContainerRuntime.create(
        RuntimeOptions.defaults().withImageDirectory(images).withoutPreparation());
  }

  private static ContainerSpec sh(LayeredRootfs rootfs, String script) {
    return ContainerSpec.builder().rootfs(rootfs).command("sh", "-c", script).build();
  }

  private static ImageConfig config(Path images, Image image) {
    ImageStore store = ImageStore.open(ImageDirectory.store(images));
    return store.config(manifest(store, image));
  }

  private static Manifest manifest(ImageStore store, Image image) {
    StoredImage stored =
        store.images().stream()
            .filter(each -> each.target().digest().equals(Digest.parse(image.digest())))
            .findFirst()
            .orElseThrow();
    return store.manifest(stored.target(), Platform.current());
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).describedAs(text).isZero();
  }

  @Test
  void a_directory_and_its_changes_become_an_image_and_that_with_further_ones_another(
      @HostRootedTempDir Path place) throws Exception {
    Path base = RootfsFixtures.busyboxRoot(place.resolve("base"));
    Path images = Files.createDirectory(place.resolve("images"));
    try (ContainerRuntime runtime = runtime(images)) {
      String before;
      try (Container first =
          runtime.start(sh(LayeredRootfs.directory(base).inspectable(), CHANGES + LIST))) {
        before = first.stdout().readText();
        assertThat(first.stderr().readText()).isEmpty();
        first.commit(CommitOptions.of("example.org/made:1"));
      }
      String after;
      Image second;
      LayeredRootfs made = LayeredRootfs.image("example.org/made:1").inspectable();
      try (Container container =
          runtime.start(sh(made, LIST + "; echo; rm -r /srv/a; echo z >/home/z; " + LIST))) {
        String[] lists = container.stdout().readText().split("\n\n", -1);
        assertThat(container.stderr().readText()).isEmpty();
        assertThat(lists[0] + "\n").isEqualTo(before);
        after = lists[1];
        second =
            container.commit(
                CommitOptions.builder()
                    .name("example.org/made:2")
                    .author("somebody")
                    .message("second")
                    .created(Instant.EPOCH)
                    .command("cat", "/home/z")
                    .environment("A", "b")
                    .user("3:4")
                    .workingDirectory("/home")
                    .label("l", "m")
                    .exposedPort("53/udp")
                    .volume("/home/data")
                    .stopSignal(Signal.INT)
                    .change("ENV C=$A/c")
                    .change("WORKDIR data")
                    .build());
        assertThatThrownBy(
                () -> container.commit(CommitOptions.builder().change("RUN true").build()))
            .isInstanceOf(InvalidSpecException.class)
            .hasMessageContaining("\"RUN\" is none of CMD, ENTRYPOINT, ENV");
      }
      assertThat(second.command()).containsExactly("cat", "/home/z");
      assertThat(second.environment()).containsEntry("A", "b").containsEntry("C", "b/c");
      assertThat(second.workingDirectory()).isEqualTo("/home/data");
      ImageConfig config = config(images, second);
      assertThat(config.diffIds()).hasSize(2);
      assertThat(config.author()).contains("somebody");
      assertThat(config.execution().user()).isEqualTo("3:4");
      assertThat(config.execution().labels()).containsEntry("l", "m");
      assertThat(config.execution().exposedPorts()).containsExactly("53/udp");
      assertThat(config.execution().stopSignal()).contains("SIGINT");
      assertThat(second.volumes()).containsExactly("/home/data");
      assertThat(config.history()).hasSize(2);
      assertThat(config.history().get(1).comment()).contains("second");
      assertThat(Finished.of(runtime, sh(LayeredRootfs.image(second), LIST)).expectedOut())
          .isEqualTo(after);
    }
    forget(images);
  }

  /** Removes also what belongs to others than the user of the JVM. */
  private static void forget(Path images) {
    ImageStore store = ImageStore.open(ImageDirectory.store(images));
    store.images().forEach(store::remove);
    try (ContainerRuntime runtime = runtime(images)) {
      assertThat(runtime.pruneLayers()).isEqualTo(2);
    }
  }

  @Test
  @RequiresHost(Feature.UMOCI)
  void umoci_unpacks_what_was_committed(@HostRootedTempDir Path place) throws Exception {
    Path base = RootfsFixtures.busyboxRoot(place.resolve("base"));
    Path images = Files.createDirectory(place.resolve("images"));
    try (ContainerRuntime runtime = runtime(images);
        Container container =
            runtime.start(sh(LayeredRootfs.directory(base).inspectable(), CHANGES))) {
      container.waitFor();
      Image image = container.commit(CommitOptions.of("made:1"));
      ImageStore store = ImageStore.open(ImageDirectory.store(images));
      Path layout = place.resolve("layout");
      ImageReference name = ImageReference.parse(image.name().orElseThrow());
      store.save(
          ImageTarget.layout(layout),
          new StoredImage(Optional.of(name), store.find(name).orElseThrow()));
      Path bundle = place.resolve("bundle");

      run("umoci", "unpack", "--rootless", "--image", layout + ":1", bundle.toString());

      Path root = bundle.resolve("rootfs");
      assertThat(root.resolve("etc/passwd")).hasContent("y");
      assertThat(root.resolve("etc/group")).doesNotExist();
      assertThat(root.resolve("var")).isEmptyDirectory();
      assertThat(root.resolve("srv/a/b/c")).hasContent("x");
      assertThat(Files.readSymbolicLink(root.resolve("srv/l"))).hasToString("c");
      assertThat(Files.isSameFile(root.resolve("srv/hard"), root.resolve("srv/a/b/c"))).isTrue();
    }
  }

  @Test
  void nothing_changed_is_no_layer_and_what_is_gone_is_said(@HostRootedTempDir Path place)
      throws Exception {
    Path base = RootfsFixtures.busyboxRoot(place.resolve("base"));
    Path images = Files.createDirectory(place.resolve("images"));
    try (ContainerRuntime runtime = runtime(images)) {
      try (Container first =
          runtime.start(sh(LayeredRootfs.directory(base).inspectable(), "true"))) {
        first.commit(CommitOptions.of("made:1"));
      }
      try (Container container =
          runtime.start(sh(LayeredRootfs.image("made:1").inspectable(), "true"))) {
        container.waitFor();
        Image same = container.commit(CommitOptions.builder().command("true").build());
        ImageConfig config = config(images, same);
        assertThat(config.diffIds()).hasSize(1);
        assertThat(config.history().get(1).emptyLayer()).isTrue();
        assertThat(same.name()).isEmpty();

        ImageStore store = ImageStore.open(ImageDirectory.store(images));
        List.copyOf(store.images()).forEach(store::remove);
        assertThatThrownBy(() -> container.commit(CommitOptions.of("made:2")))
            .isInstanceOf(ContainerException.class)
            .hasMessageContaining("of this digest any more");
      }
    }
  }
}
