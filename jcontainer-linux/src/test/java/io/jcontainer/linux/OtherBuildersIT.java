package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Image;
import io.jcontainer.PullPolicy;
import io.jcontainer.Signal;
import io.jcontainer.fixtures.DockerRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.fixtures.Tool;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images of several layers that buildah and umoci have made, in the forms that these and skopeo
 * write: the process sees what was said to them.
 */
@Timeout(120)
@LeakChecked
@TestInstance(Lifecycle.PER_CLASS)
@RequiresHost({Feature.ROOT, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class OtherBuildersIT {
  private static final String LOOK =
      """
      #!/bin/sh
      echo "$# $1,$2; $PWD; $(id -u):$(id -g); $A; $HOME; $(umask)"
      find /data /srv /usr 2>&1 | sort | while read -r each; do stat -c '%n %A %u:%g' "$each"; done
      echo x >/data/new && echo written
      """;

  /** Arguments: where it may keep things, the root of the lowest layer, and where all goes. */
  private static final String BUILD =
      """
      place=$1 root=$2
      b() { buildah --root "$place/buildah" --storage-driver overlay "$@"; }
      c=$(b from scratch)
      b copy -q "$c" "$root" / >&2
      b config --env PATH=/bin --env 'A=b c' --entrypoint '["/bin/look"]' --cmd 'one "two three"' \
        --user bin:games --workingdir /srv/work --label 'l=m n' --port 80/tcp --volume /data \
        --stop-signal SIGINT "$c"
      b commit -q "$c" first >&2
      c=$(b from first)
      b copy -q --chown 5:6 "$c" "$root/bin/look" /srv/added >&2
      m=$(b mount "$c")
      rm "$m/usr/removed"; rm -r "$m/usr/gone" "$m/usr/opaque"
      mkdir -m 1775 "$m/usr/opaque"; echo new >"$m/usr/opaque/new"; chmod 6755 "$m/usr/moded"
      b umount "$c" >&2
      b commit -q "$c" second >&2
      b push -q second "oci:$place/layout:1"
      b push -q second "oci-archive:$place/oci-archive.tar:1"
      b push -q second "docker-archive:$place/docker-archive.tar:example.org/made:1"
      """;

  /** Arguments: the layout, the root of the lowest layer, and where it may keep things. */
  private static final String UMOCI =
      """
      image=$1:1 root=$2 bundle=$3/bundle
      umoci init --layout "$1"
      umoci new --image "$image"
      umoci insert --image "$image" "$root" /
      mkdir -m 1775 "$3/opaque"; echo new >"$3/opaque/new"
      umoci insert --image "$image" --opaque "$3/opaque" /usr/opaque
      umoci insert --image "$image" --whiteout /usr/gone
      umoci unpack --image "$image" "$bundle"
      rm "$bundle/rootfs/usr/removed"; chmod 6755 "$bundle/rootfs/usr/moded"
      cp "$root/bin/look" "$bundle/rootfs/srv/added"; chown 5:6 "$bundle/rootfs/srv/added"
      umoci repack --image "$image" "$bundle"
      umoci config --image "$image" --config.env PATH=/bin --config.env 'A=b c' \
        --config.entrypoint /bin/look --config.cmd one --config.cmd 'two three' \
        --config.user bin:games --config.workingdir /srv/work --config.label 'l=m n' \
        --config.exposedports 80/tcp --config.volume /data --config.stopsignal SIGINT
      """;

  private static final String SEEN =
      """
      2 one,two three; /srv/work; 3:60; b c; /usr; 0022
      /data drwxrwxrwt 0:0
      /srv drwxr-xr-x 0:0
      /srv/added -rwxr-xr-x 5:6
      /srv/work drwxr-xr-x 0:0
      /usr drwxr-xr-x 0:0
      /usr/moded -rwsr-sr-x 0:0
      /usr/opaque drwxrwxr-t 0:0
      /usr/opaque/new -rw-r--r-- 0:0
      written
      """;

  private Path directory = Path.of("/");
  private Path root = Path.of("/");
  private TestImages images = new TestImages(Path.of("/"));

  @BeforeAll
  void make(@HostRootedTempDir Path made) throws Exception {
    directory = made;
    images = new TestImages(Files.createDirectory(directory.resolve("images")));
    root = RootfsFixtures.busyboxRoot(directory.resolve("root"));
    Files.writeString(
        root.resolve("etc/passwd"), "root:x:0:0::/root:/bin/sh\nbin:x:3:3::/usr:/bin/sh\n");
    Files.writeString(root.resolve("etc/group"), "root:x:0:\ngames:x:60:\n");
    Path look = Files.writeString(root.resolve("bin/look"), LOOK);
    Files.setPosixFilePermissions(look, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setAttribute(Files.createDirectory(root.resolve("data")), "unix:mode", 01777);
    Files.createDirectory(root.resolve("srv"));
    for (String name : List.of("removed", "gone/deep/file", "opaque/hidden", "moded")) {
      Path file = root.resolve("usr").resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, name);
    }
  }

  private void build() {
    if (!Files.exists(directory.resolve("layout"))) {
      Tool.outputApart("sh", "-ec", BUILD, "sh", directory.toString(), root.toString());
    }
  }

  private static void skopeo(String... arguments) {
    Tool.output(
        Stream.concat(Stream.of("skopeo", "--insecure-policy", "copy", "-q"), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private void runsAsItSays(String name, PullPolicy pull) {
    try (ContainerRuntime runtime = images.runtime()) {
      Image image = runtime.image(name, pull);
      assertThat(image.stopSignal()).contains(Signal.INT);
      assertThat(image.volumes()).containsExactly("/data");
      assertThat(image.exposedPorts()).containsExactly("80/tcp");
      assertThat(image.labels()).contains(entry("l", "m n"));
      assertThat(Finished.of(runtime, ContainerSpec.from(image).build()).expectedOut())
          .isEqualTo(SEEN);
    }
  }

  private void loaded(ImageSource source, String name) {
    images.store().load(source, ImageReference.parse(name));
    runsAsItSays(name, PullPolicy.NEVER);
    images.forget(); // all of them have the same layers, which would be unpacked once
  }

  @ParameterizedTest
  @ValueSource(strings = {"layout", "oci-archive.tar", "docker-archive.tar"})
  @RequiresHost(Feature.BUILDAH)
  void what_buildah_has_made_runs_as_it_was_configured(String form) {
    build();
    Path made = directory.resolve(form);

    loaded(
        form.equals("layout") ? ImageSource.layout(made) : ImageSource.archive(made),
        "example.org/built:1");
  }

  @Test
  @RequiresHost({Feature.BUILDAH, Feature.SKOPEO})
  void so_it_does_when_skopeo_has_compressed_its_layers_by_zstd() {
    build();
    Path archive = directory.resolve("zstd.tar");

    skopeo(
        "--dest-compress-format",
        "zstd",
        "oci-archive:" + directory.resolve("oci-archive.tar"),
        "oci-archive:" + archive + ":1");

    loaded(ImageSource.archive(archive), "example.org/zstd:1");
  }

  @Test
  @RequiresHost({Feature.BUILDAH, Feature.SKOPEO, Feature.DOCKER_REGISTRY})
  void so_it_does_when_skopeo_has_pushed_it_in_dockers_form() {
    build();
    try (DockerRegistry registry = DockerRegistry.start(directory.resolve("registry"))) {
      String name = registry.host() + "/built:1";

      skopeo(
          "--format",
          "v2s2",
          "--dest-tls-verify=false",
          "oci:" + directory.resolve("layout") + ":1",
          "docker://" + name);

      runsAsItSays(name, PullPolicy.ALWAYS);
      images.forget();
    }
  }

  @Test
  @RequiresHost(Feature.UMOCI)
  void what_umoci_has_put_together_and_packed_again_runs_as_it_was_configured() {
    Path layout = directory.resolve("umoci");
    Tool.output("sh", "-ec", UMOCI, "sh", layout.toString(), root.toString(), directory.toString());

    loaded(ImageSource.layout(layout), "example.org/umoci:1");
  }
}
