package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Image;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.StoredImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Images that are made of containers. */
@Timeout(60)
@LeakChecked
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class CommitIT {
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

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).describedAs(text).isZero();
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
}
