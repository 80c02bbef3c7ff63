package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A write layer that outlives its containers. */
@Timeout(60)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class KeptRootfsIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  private Path directory = Path.of("/");
  private Path base = Path.of("/");

  @BeforeAll
  void makeBase(@HostRootedTempDir Path made) {
    directory = made;
    base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
  }

  @AfterAll
  void letLayersBeRemoved() throws IOException {
    KeptLayers.makeRemovable(directory);
  }

  /** The main program of another JVM. */
  static final class Starter {
    public static void main(String[] args) throws IOException {
      ContainerRuntime runtime = ContainerRuntime.create();
      Container container =
          runtime.start(
              ContainerSpec.builder()
                  .rootfs(LayeredRootfs.directory(Path.of(args[0])).writableIn(Path.of(args[1])))
                  .command("sh", "-c", "echo doomed >/doomed; echo ready; cat")
                  .build());
      assertThat(container.stdout().readNBytes(6)).asString().isEqualTo("ready\n");
      System.out.println(container.id() + "\n" + container.pid());
      System.in.read();
    }
  }

  private LayeredRootfs in(String name) {
    return LayeredRootfs.directory(base).writableIn(directory.resolve(name));
  }

  private static ContainerSpec spec(LayeredRootfs rootfs, String... command) {
    return ContainerSpec.builder().rootfs(rootfs).command(command).build();
  }

  private String out(LayeredRootfs rootfs, String script) {
    return run(spec(rootfs, "sh", "-c", script)).expectedOut();
  }

  private void refused(LayeredRootfs rootfs, String says) {
    assertThatThrownBy(() -> run(spec(rootfs, "true")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining(says);
  }

  @Test
  void what_one_container_wrote_the_next_sees_and_no_layer_is_changed() {
    Map<String, String> before = TreeHash.of(base);

    out(in("kept"), "echo x >/etc/passwd; echo y >/new; rm /etc/group; mkdir /d; chmod 700 /d");

    assertThat(out(in("kept"), "cat /etc/passwd /new; stat -c %a:%u /d; ls /etc"))
        .isEqualTo("x\ny\n700:0\npasswd\n");
    assertThat(TreeHash.of(base)).isEqualTo(before);
    assertThat(out(LayeredRootfs.directory(base), "ls /etc")).isEqualTo("group\npasswd\n");
  }

  @Test
  void a_directory_that_was_removed_and_made_again_stays_empty() {
    out(in("remade"), "rm -r /etc && mkdir /etc && echo new >/etc/new");

    assertThat(out(in("remade"), "ls /etc")).isEqualTo("new\n");
  }

  @Test
  void a_root_that_a_container_has_locked_is_as_it_left_it_and_locks_nobody_out() {
    String owner = Feature.MANY_IDS.available() ? "5:6" : "0:0";
    out(in("locked"), "chown " + owner + " /; chmod 0 /");

    ContainerSpec second = spec(in("locked"), "sh", "-c", "stat -c '%a %u:%g' /; ls -d /new");
    assertThat(run(second.toBuilder().mount(Mount.tmpfs("/new")).build()).expectedOut())
        .isEqualTo("0 " + owner + "\n/new\n");
    out(in("locked"), "chown 0:0 /; chmod 755 /"); // or the directory could not be removed
  }

  @Test
  void the_directory_is_for_its_owner_only_and_lies_on_the_disk() throws IOException {
    out(in("private"), "echo text >/file");

    Path kept = directory.resolve("private");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
        .isEqualTo("rwx------");
    assertThat(kept.resolve("upper/file")).hasContent("text");
    assertThat(Files.getAttribute(kept.resolve("upper"), "unix:uid"))
        .isEqualTo(Files.getAttribute(kept.resolve("upper/file"), "unix:uid"));
    if (Feature.ROOT.available()) {
      assertThat(Files.getAttribute(kept.resolve("upper"), "unix:uid")).isNotEqualTo(0);
    }
  }

  @Test
  void a_directory_in_use_is_refused_by_the_name_of_its_user_until_that_ends() {
    try (Container first = runtime.start(spec(in("busy"), "cat"))) {
      refused(in("busy"), "is in use by container " + first.id() + " of JVM " + ProcFs.ownPid());
      first.kill();
      first.waitFor();

      assertThat(out(in("busy"), "echo free")).isEqualTo("free\n");
    }
    try (Container second = runtime.start(spec(in("busy"), "cat"))) {
      second.close();

      assertThat(out(in("busy"), "echo free")).isEqualTo("free\n");
    }
  }

  @Test
  void a_start_that_fails_gives_the_directory_back() {
    assertThatThrownBy(() -> run(spec(in("failed"), "/absent")))
        .isInstanceOf(StartFailedException.class);

    assertThat(out(in("failed"), "echo free")).isEqualTo("free\n");
  }

  @Test
  void the_directory_of_a_jvm_that_is_killed_can_be_used_again() {
    Path kept = directory.resolve("doomed");
    try (JvmFork jvm = JvmFork.start(Starter.class, base.toString(), kept.toString())) {
      String id = jvm.readLine(LONG);
      long pid = Long.parseLong(jvm.readLine(LONG));
      refused(in("doomed"), "is in use by container " + id);
      jvm.kill9();

      assertThat(ProcFs.awaitGone(pid, LONG)).isTrue();
      assertThat(out(in("doomed"), "cat /doomed")).isEqualTo("doomed\n");
    }
  }

  @Test
  void a_directory_that_cannot_be_used_is_refused_before_anything_is_made() throws IOException {
    refused(in("absent/kept"), "the directory above it is not there");
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    refused(in("open"), "chmod go-w");
    assertThat(open).isEmptyDirectory();
    Files.writeString(directory.resolve("file"), "");
    refused(in("file"), "is no directory");
    Files.createSymbolicLink(directory.resolve("to-base"), base);
    refused(in("to-base/kept"), "overlaps the layer");
    assertThat(base.resolve("kept")).doesNotExist();
    assertThatThrownBy(
            () ->
                run(
                    ContainerSpec.builder()
                        .rootfs(in("shared"))
                        .namespaces(ns -> ns.pid(Namespace.host()))
                        .command("true")
                        .build()))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("own pid namespace");
    assertThat(directory.resolve("shared")).doesNotExist();
  }

  @Test
  void an_upper_that_is_a_link_is_not_followed() throws IOException {
    Path kept = Files.createDirectory(directory.resolve("linked"));
    Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rwx------"));
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.createSymbolicLink(kept.resolve("upper"), elsewhere);

    refused(in("linked"), "has a \"upper\" that is no directory");
    assertThat(elsewhere).isEmptyDirectory();
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void what_other_ids_wrote_is_refused() {
    out(in("other-ids"), "true");

    assertThatThrownBy(
            () ->
                run(
                    ContainerSpec.builder()
                        .rootfs(in("other-ids"))
                        .command("true")
                        .namespaces(ns -> ns.ids(IdMapping.range(200_000, 65_536)))
                        .build()))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("none of this container's ids");
  }

  @Test
  void a_device_node_made_inside_does_not_work() {
    assertThat(
            run(spec(in("device"), "sh", "-c", "mknod /zero c 1 5; head -c 1 /zero | wc -c")).out())
        .isEqualTo("0\n");
  }
}
