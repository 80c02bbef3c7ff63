package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.OciBundle;
import io.jcontainer.fixtures.Podman;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.fixtures.Tool;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageConfig.Execution;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.linux.sys.jna.Xattrs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What was made here, an import and a commit on top of it, in the containers of others: the process
 * sees there what it sees in ours.
 */
@Timeout(120)
@LeakChecked
@TestInstance(Lifecycle.PER_CLASS)
@RequiresHost({Feature.ROOT, Feature.BUSYBOX_STATIC})
class OtherRuntimesIT {
  private static final String NAME = "example.org/made:1";

  private static final String CAPABILITY =
      "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0"; // net_bind_service+ep

  /**
   * The process itself, and all that is there but for what a runtime has put there. podman adds the
   * user to passwd and group, and gives him the working directory that it has made; umoci has a
   * tmpfs where a volume is to be.
   */
  private static final String LOOK =
      """
      echo "$0 $*; $PWD; $(id -u):$(id -g); $A; $PATH"
      stat -c '%n %A %u:%g' /
      names=$(find /bin/busybox /bin/sh /data /etc /home /srv /tmp /usr /var -xdev 2>/dev/null | sort \
        | grep -v -e '^/etc/host' -e '^/etc/resolv.conf$' -e '^/etc/mtab$' \
          -e '^/etc/passwd$' -e '^/etc/group$' -e '^/srv/made/here$' -e '^/data/')
      for each in $names; do
        stat -c '%n %A %u:%g' "$each"
        if [ -L "$each" ]; then readlink "$each"
        elif [ -f "$each" ]; then stat -c '%h %Y' "$each"; { md5sum <"$each"; } 2>/dev/null
        fi
      done
      echo written >/data/new && cat /data/new
      """;

  private static final String ROOT = "(?m)^/ \\S+ \\S+\n";

  private static final String CHANGES =
      """
      set -e
      umask 022
      rm /etc/removed
      rm -r /usr/removed
      rm -r /usr/opaque; mkdir -m 1775 /usr/opaque; echo new >/usr/opaque/new
      mkdir -p /srv/a; echo x >/srv/a/b; ln /srv/a/b /srv/hard; ln -s a/b /srv/link
      ln /etc/linked /etc/linked.too
      chown 7:8 /srv/link 2>/dev/null; chown 5:6 /srv/a/b; chmod 6711 /srv/a/b
      chmod 2750 /usr/moded; chmod 600 /etc/attributes
      mv /usr/moved /usr/elsewhere
      mkfifo -m 640 /srv/pipe
      chgrp 7 /; chmod 3755 /
      """;

  private Path directory = Path.of("/");
  private TestImages images = new TestImages(Path.of("/"));
  private Path archive = Path.of("/");
  private Path layout = Path.of("/");
  private String seen = "";

  @BeforeAll
  void make(@HostRootedTempDir Path made) throws Exception {
    directory = made;
    images = new TestImages(Files.createDirectory(directory.resolve("images")));
    Execution execution =
        new Execution(
            "3:4",
            List.of("PATH=/bin", "A=b c=d"),
            List.of("sh", "-c", LOOK),
            List.of("zero", "one two"),
            "/srv/made/here",
            Set.of("8080/tcp"),
            Set.of("/data"),
            Map.of("org.example.label", "a \"label\""),
            Optional.of("SIGQUIT"));
    images
        .store()
        .load(
            ImageSource.rootfs(base(), ImageConfig.of(Platform.current(), execution)),
            ImageReference.parse("example.org/base:1"));
    try (ContainerRuntime runtime = images.runtime()) {
      LayeredRootfs rootfs = LayeredRootfs.image("example.org/base:1").inspectable();
      ContainerSpec change =
          ContainerSpec.builder()
              .rootfs(rootfs)
              .env("PATH", "/bin")
              .command("sh", "-c", CHANGES)
              .build();
      try (Container container = runtime.start(change)) {
        assertThat(container.stderr().readText()).isEmpty();
        assertThat(container.waitFor().isSuccess()).isTrue();
        container.commit(CommitOptions.of(NAME));
      }
      seen = Finished.of(runtime, ContainerSpec.from(runtime.image(NAME)).build()).expectedOut();
    }
    archive = directory.resolve("made.tar");
    layout = directory.resolve("layout");
    images.store().save(ImageTarget.archive(archive), stored());
    images.store().save(ImageTarget.layout(layout), stored());
  }

  /** A tar of what CHANGES changes, with attributes. */
  private Path base() throws Exception {
    Path root = RootfsFixtures.busyboxRoot(directory.resolve("root"));
    for (String name :
        List.of("usr/removed/deep", "usr/opaque", "usr/moved", "usr/moded", "data")) {
      Files.createDirectories(root.resolve(name));
      Files.writeString(root.resolve(name).resolve("file"), name);
    }
    Files.setAttribute(root.resolve("data"), "unix:mode", 01777);
    Files.setAttribute(root, "unix:mode", 0555);
    Files.setAttribute(root, "unix:uid", 5);
    for (String name : List.of("etc/removed", "etc/linked", "etc/attributes")) {
      Files.writeString(root.resolve(name), name);
    }
    Xattrs.set(root.resolve("etc/attributes"), "user.ours", "value");
    Xattrs.set(root.resolve("etc/attributes"), "security.capability", CAPABILITY);
    Path tar = directory.resolve("base.tar");
    Tool.output(
        "tar", "--xattrs", "--xattrs-include=*", "-C", root.toString(), "-cf", tar.toString(), ".");
    return tar;
  }

  private StoredImage stored() {
    ImageReference name = ImageReference.parse(NAME);
    return new StoredImage(Optional.of(name), images.store().find(name).orElseThrow());
  }

  @Test
  void ours_is_as_it_was_made() {
    assertThat(seen)
        .startsWith("zero one two; /srv/made/here; 3:4; b c=d; /bin\n/ drwxr-sr-t 5:7\n")
        .endsWith("written\n")
        .contains("/usr/opaque/new", "/usr/elsewhere/file", "/srv/a/b -rws--s--x 5:6\n2 ")
        .contains("/usr/opaque drwxrwxr-t 0:0", "/usr/moded drwxr-s--- 0:0")
        .doesNotContain("removed", "/usr/opaque/file", "/usr/moved");
  }

  @ParameterizedTest
  @ValueSource(strings = {"load --input %s", "pull oci-archive:%s", "pull oci:%s:1"})
  @RequiresHost(Feature.PODMAN)
  void a_container_of_podman_sees_the_same(String verb) {
    Podman podman = new Podman(directory.resolve("podman" + verb.length()));

    podman.run(verb.formatted(verb.contains("oci:") ? layout : archive).split(" ", -1));

    String id = podman.run("images", "--quiet", "--no-trunc").strip();
    assertThat(podman.run("run", "--rm", id).replaceFirst(ROOT, "")).isEqualTo(rest());
    assertThat(
            podman.run(
                "image",
                "inspect",
                "--format",
                "{{.Config.StopSignal}} {{.Config.Volumes}} {{.Config.ExposedPorts}} {{.Labels}}",
                id))
        .isEqualTo("SIGQUIT map[/data:{}] map[8080/tcp:{}] map[org.example.label:a \"label\"]\n");
  }

  /** Podman 4.3 leaves out what a layer says of its root: it is root's, and has 0555. */
  private String rest() {
    String rest = seen.replaceFirst(ROOT, "");
    assertThat(rest).isNotEqualTo(seen);
    return rest;
  }

  @ParameterizedTest
  @ValueSource(strings = {"runc", "crun"})
  @RequiresHost({Feature.UMOCI, Feature.RUNC, Feature.CRUN})
  void a_bundle_of_umoci_sees_the_same(String runtime) {
    Path bundle = directory.resolve("bundle-" + runtime);

    Tool.output("umoci", "unpack", "--image", layout + ":1", bundle.toString());

    assertThat(new OciBundle(bundle).run(runtime)).isEqualTo(seen);
    assertThat(Xattrs.of(bundle.resolve("rootfs/etc/attributes")))
        .containsExactly(entry("security.capability", CAPABILITY), entry("user.ours", "value"));
  }

  @Test
  @RequiresHost({Feature.UMOCI, Feature.SKOPEO})
  void what_skopeo_and_umoci_say_of_it_is_what_it_says() {
    assertThat(Tool.output("skopeo", "inspect", "oci:" + layout + ":1"))
        .contains("\"Digest\": \"" + stored().target().digest() + "\"")
        .contains("\"org.example.label\": \"a \\\"label\\\"\"", "\"A=b c=d\"");
    assertThat(Tool.output("skopeo", "inspect", "--config", "oci-archive:" + archive))
        .contains("\"StopSignal\": \"SIGQUIT\"", "\"WorkingDir\": \"/srv/made/here\"");
    // The base has none: each layer has a line, or the lines would be taken for others' layers.
    assertThat(Tool.output("umoci", "stat", "--image", layout + ":1").lines())
        .filteredOn(line -> line.startsWith("sha256:"))
        .hasSize(2);
  }
}
