package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.DebianTar;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.Tool;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.Platform;
import io.jcontainer.linux.sys.jna.Xattrs;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** A whole distribution as an image: its own programs say whether all of it is there. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@LeakChecked
@TestInstance(Lifecycle.PER_CLASS)
@RequiresHost({
  Feature.USER_NAMESPACES,
  Feature.OVERLAY_IN_USERNS,
  Feature.MANY_IDS,
  Feature.MMDEBSTRAP
})
class DebianIT extends WithImages {
  private static final String NAME = "example.org/debian:1";

  /** All that is there but for what each container has of its own, with a sum of each file. */
  private static final String LIST =
      """
      set -e
      all() { find / -mindepth 1 \\( -path /dev -o -path /proc -o -path /sys -o -path '/tmp/*' \\) -prune -o "$@"; }
      all -type d -printf '%p %m %U:%G\\n' -o -type f -printf '%p %m %U:%G %T@ %n %s\\n' \
        -o -printf '%p %y %m %U:%G %T@ %l\\n' | sort
      all -type f -print0 | sort -z | xargs -0 md5sum
      getcap -r /usr
      """;

  private static final String CHANGES =
      """
      set -e
      mkdir -p /tmp/ours/DEBIAN /tmp/ours/usr/share/ours
      printf '%s\\n' 'Package: ours' 'Version: 1' 'Architecture: all' 'Maintainer: us <us@example.org>' \
        'Description: ours' >/tmp/ours/DEBIAN/control
      echo content >/tmp/ours/usr/share/ours/file
      ln /tmp/ours/usr/share/ours/file /tmp/ours/usr/share/ours/hard
      dpkg-deb --root-owner-group -b /tmp/ours /tmp/ours.deb >/dev/null
      dpkg -i /tmp/ours.deb >/dev/null
      dpkg --purge iputils-ping >/dev/null
      useradd --create-home --uid 1234 --groups games ada
      ln /home/ada/.profile /home/ada/hard
      rm -r /var/lib/apt/periodic; mkdir -m 700 /var/lib/apt/periodic; chown ada /var/lib/apt/periodic
      cp -a /usr/bin/perl /usr/local/bin/perl
      setcap cap_net_admin+ep /usr/local/bin/perl
      """;

  private Path directory = Path.of("/");
  private Path tar = Path.of("/");

  @BeforeAll
  void makeImage(@HostRootedTempDir Path made) throws IOException {
    directory = made;
    tar = DebianTar.in(directory);
    images = new TestImages(Files.createDirectory(directory.resolve("images")));
    load(NAME, ImageSource.rootfs(tar, config()));
    try (ContainerRuntime first = images.runtime()) {
      Finished.of(first, sh(LayeredRootfs.image(NAME), "true")); // makes what a JVM keeps
    }
  }

  @AfterAll
  void removeImages() {
    images.forget();
  }

  private static ImageConfig config() {
    return ImageConfig.of(
        Platform.current(),
        ImageConfig.Execution.none()
            .withCmd("bash")
            .withEnv("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"));
  }

  private void load(String name, ImageSource source) {
    images.store().load(source, ImageReference.parse(name));
  }

  private static ContainerSpec sh(LayeredRootfs rootfs, String script) {
    return ContainerSpec.builder()
        .rootfs(rootfs)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .command("bash", "-c", script)
        .build();
  }

  private String out(String image, String script) {
    return Finished.of(runtime(), sh(LayeredRootfs.image(image), script)).expectedOut();
  }

  @Test
  void dpkg_finds_all_of_each_package() {
    assertThat(out(NAME, "dpkg --verify; dpkg --audit; dpkg -l | tail -n +6 | cut -c1-4 | uniq -c"))
        .matches(" *[0-9]{2,3} ii  \n");
  }

  @Test
  void its_programs_run_and_find_its_users() {
    assertThat(
            out(
                NAME,
                """
                apt-get --version | cut -c1-5 | head -n 1
                perl -MPOSIX -e 'print floor(7.5), "\\n"'
                getent passwd _apt | cut -d: -f1,3,4,6
                su nobody -s /bin/bash -c 'id -un; touch /etc/x 2>/dev/null || echo refused'
                stat -c '%a %U:%G %h' /usr/bin/passwd /usr/bin/perl /usr/bin/chage /var/local
                getcap /usr/bin/ping
                """))
        .isEqualTo(
            """
            apt 2
            7
            _apt:42:65534:/nonexistent
            nobody
            refused
            4755 root:root 1
            755 root:root 2
            2755 root:shadow 1
            2775 root:staff 2
            /usr/bin/ping cap_net_raw=ep
            """);
  }

  @Test
  void each_name_in_its_tar_is_there_as_the_tar_has_it() {
    ContainerSpec compare =
        sh(
                LayeredRootfs.image(NAME),
                "tar --compare -f - -C / --exclude=./dev --exclude=./proc --exclude=./sys")
            .toBuilder()
            .stdin(Stdio.from(tar))
            .build();

    assertThat(Finished.of(runtime(), compare).expectedOut()).isEmpty();
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void it_is_what_tar_unpacks_and_nothing_else() throws Exception {
    Path theirs = Files.createDirectory(directory.resolve("theirs"));
    Tool.output(
        "tar",
        "--extract",
        "--file=" + tar,
        "--directory=" + theirs,
        "--same-permissions",
        "--numeric-owner",
        "--xattrs",
        "--xattrs-include=*");
    try (Container container = runtime().start(sh(LayeredRootfs.image(NAME), "true"))) {
      Path ours = container.spec().rootfs().orElseThrow().layers().get(0);

      Map<String, String> expected = tree(theirs);
      Map<String, String> found = tree(ours);
      expected.remove(""); // a container sees another one, with the same mode and owner
      found.remove("");

      assertThat(expected).hasSizeGreaterThan(5_000);
      assertThat(expected.get("usr/bin/ping")).contains("security.capability=");
      assertThat(differences(expected, found)).isEmpty();
      Tool.output("rm", "-r", theirs.toString());
      container.waitFor();
    }
  }

  private static List<String> differences(Map<String, String> expected, Map<String, String> found) {
    TreeSet<String> names = new TreeSet<>(expected.keySet());
    names.addAll(found.keySet());
    return names.stream()
        .filter(name -> !Objects.equals(expected.get(name), found.get(name)))
        .map(name -> name + ": " + found.get(name) + " instead of " + expected.get(name))
        .toList();
  }

  /** All that a file system keeps of each name. */
  private static Map<String, String> tree(Path root) throws Exception {
    Map<String, String> found = new TreeMap<>();
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Map<String, Object> stat =
            new TreeMap<>(
                Files.readAttributes(
                    path,
                    "unix:mode,uid,gid,rdev,nlink,lastModifiedTime",
                    LinkOption.NOFOLLOW_LINKS));
        StringBuilder line = new StringBuilder(stat.toString());
        if (Files.isSymbolicLink(path)) {
          line.append(" -> ").append(Files.readSymbolicLink(path));
        } else if (Files.isRegularFile(path)) {
          line.append(' ').append(HexFormat.of().formatHex(sha.digest(Files.readAllBytes(path))));
        }
        Xattrs.of(path)
            .forEach(
                (name, value) ->
                    line.append(' ')
                        .append(name)
                        .append('=')
                        .append(HexFormat.of().formatHex(value.getBytes(ISO_8859_1))));
        found.put(root.relativize(path).toString(), line.toString());
      }
    }
    return found;
  }

  @Test
  void what_its_programs_change_is_committed_and_exported() throws Exception {
    String changed;
    Path flat = directory.resolve("flat.tar");
    LayeredRootfs rootfs = LayeredRootfs.image(NAME).inspectable();
    try (Container container = runtime().start(sh(rootfs, CHANGES + LIST))) {
      changed = container.stdout().readText();
      assertThat(container.stderr().readText()).isEmpty();
      container.waitFor();
      container.commit(
          CommitOptions.builder().name("example.org/debian:2").user("ada").command("id").build());
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(flat))) {
        container.export(out);
      }
    }
    load("example.org/debian:flat", ImageSource.rootfs(flat, config()));

    assertThat(changed.lines().filter(line -> line.contains("/usr/share/ours/hard"))).hasSize(2);
    for (String image : List.of("example.org/debian:2", "example.org/debian:flat")) {
      assertThat(differences(lines(changed), lines(out(image, LIST)))).as(image).isEmpty();
      assertThat(out(image, "dpkg --verify; dpkg --audit; dpkg -s ours | grep Status"))
          .isEqualTo("Status: install ok installed\n");
    }
    assertThat(
            Finished.of(
                    runtime(), ContainerSpec.from(runtime().image("example.org/debian:2")).build())
                .expectedOut())
        .isEqualTo("uid=1234(ada) gid=1234(ada) groups=1234(ada),60(games)\n");
  }

  private static Map<String, String> lines(String text) {
    return text.lines().collect(Collectors.toMap(line -> line, line -> "there"));
  }

  @Test
  @Tag("once")
  @RequiresHost(Feature.UMOCI)
  void it_is_whole_as_a_layer_that_umoci_compresses() throws Exception {
    String image = directory.resolve("layout") + ":1";
    Tool.output("umoci", "init", "--layout", directory.resolve("layout").toString());
    Tool.output("umoci", "new", "--image", image);
    Tool.output("umoci", "raw", "add-layer", "--image", image, tar.toString());

    // Of its own: it is the same layer, which would not be unpacked once more.
    TestImages others = new TestImages(Files.createDirectory(directory.resolve("others")));
    others
        .store()
        .load(
            ImageSource.layout(directory.resolve("layout")),
            ImageReference.parse("example.org/debian:umoci"));

    try (ContainerRuntime other = others.runtime()) {
      ContainerSpec verify = sh(LayeredRootfs.image("example.org/debian:umoci"), "dpkg --verify");
      assertThat(Finished.of(other, verify).expectedOut()).isEmpty();
    }
    others.forget();
  }
}
