package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jcontainer.ByteSize;
import io.jcontainer.Capabilities;
import io.jcontainer.Container;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.CopyFailedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Namespace;
import io.jcontainer.Signal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is copied to where, and as what. */
@Tag("every-jdk")
@Timeout(120)
class CopyIT extends WithRuntime {
  @TempDir private Path host = Path.of("/");
  private Container container;

  /** What a script in a container prints; it has to succeed. */
  private static String sh(Container container, String script) {
    try (ContainerProcess process = container.exec("sh", "-c", script)) {
      String out = process.stdout().readText();
      String err = process.stderr().readText();
      if (!process.waitFor().isSuccess()) {
        throw new AssertionError(script + ": " + err);
      }
      return out;
    }
  }

  /** The runtime keeps a second user namespace for containers with CAP_SYS_ADMIN. */
  @BeforeAll
  void warmUp() {
    run(ContainerSpec.builder().command("true").capabilities(Capabilities.all()).build())
        .expectedOut();
  }

  @BeforeEach
  void startContainer() {
    container = waiting();
  }

  @AfterEach
  void closeContainer() {
    container.close();
  }

  private Path file(String name, String content) throws IOException {
    Path file = host.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  // Where to.

  @Test
  void a_file_gets_the_targets_name() throws IOException {
    container.copyTo(file("one", "1"), "/tmp/two");

    assertThat(sh(container, "cat /tmp/two; ls -A /tmp")).isEqualTo("1two\n");

    container.copyFrom("/tmp/two", host.resolve("three"));

    assertThat(host.resolve("three")).hasContent("1");
    assertThat(host.toFile().list()).containsExactlyInAnyOrder("one", "three");
  }

  @Test
  void a_file_is_copied_into_a_directory_that_is_there() throws IOException {
    container.copyTo(file("one", "1"), "/tmp");

    assertThat(sh(container, "cat /tmp/one")).isEqualTo("1");

    Files.createDirectory(host.resolve("there"));
    container.copyFrom("/tmp/one", host.resolve("there"));

    assertThat(host.resolve("there/one")).hasContent("1");
  }

  @Test
  void a_directory_that_is_not_there_is_named_as_the_target() throws IOException {
    file("tree/a/b/file", "x");
    Files.createDirectory(host.resolve("tree/empty"));
    container.copyTo(host.resolve("tree"), "/tmp/copy");

    assertThat(sh(container, "cd /tmp/copy; find . | sort"))
        .isEqualTo(".\n./a\n./a/b\n./a/b/file\n./empty\n");

    container.copyFrom("/tmp/copy", host.resolve("back"));

    assertThat(TreeHash.of(host.resolve("back"))).isEqualTo(TreeHash.of(host.resolve("tree")));
  }

  @Test
  void a_directory_is_copied_into_one_that_is_there_and_joined_with_one_of_its_name()
      throws IOException {
    file("tree/new", "n");
    file("tree/old", "new");
    sh(container, "mkdir -m 750 /tmp/tree; echo old >/tmp/tree/old; echo kept >/tmp/tree/kept");

    container.copyTo(host.resolve("tree"), "/tmp");

    assertThat(sh(container, "cd /tmp/tree; grep . *; stat -c %a ."))
        .isEqualTo("kept:kept\nnew:n\nold:new\n750\n");
  }

  @Test
  void without_a_name_the_contents_of_a_directory_are_copied() throws IOException {
    file("tree/a/file", "x");
    container.copyTo(host.resolve("tree/."), "/tmp");

    assertThat(sh(container, "cd /tmp; find . -mindepth 1 | sort")).isEqualTo("./a\n./a/file\n");

    Files.createDirectory(host.resolve("into"));
    container.copyFrom("/tmp/.", host.resolve("into"));
    container.copyFrom("/tmp/a/..", host.resolve("fresh"));

    assertThat(host.resolve("into/a/file")).hasContent("x");
    assertThat(host.resolve("fresh/a/file")).hasContent("x");
  }

  @Test
  void what_is_there_is_replaced_and_not_written_to() throws IOException {
    sh(container, "cd /tmp; echo old >file; ln file second; ln -s second link");
    container.copyTo(file("file", "new"), "/tmp");
    container.copyTo(file("link", "new"), "/tmp/link");

    assertThat(sh(container, "cd /tmp; cat second; cat file link; stat -c %F link"))
        .isEqualTo("old\nnewnewregular file\n");
  }

  @Test
  void the_named_paths_are_followed_within_the_root() throws IOException {
    sh(container, "mkdir /tmp/d; ln -s /tmp/d /tmp/absolute; ln -s ../../../../tmp/d /tmp/far");
    container.copyTo(file("one", "1"), "/tmp/absolute");
    container.copyTo(file("two", "2"), "/tmp/far/renamed");

    assertThat(sh(container, "cd /tmp/d; grep . *")).isEqualTo("one:1\nrenamed:2\n");

    sh(container, "ln -s d/one /tmp/source");
    container.copyFrom("/tmp/source", host);

    assertThat(host.resolve("source")).hasContent("1").isRegularFile();
  }

  // As what.

  @Test
  void what_is_copied_in_belongs_to_root_with_the_permission_bits() throws IOException {
    file("tree/file", "x");
    Files.setAttribute(host.resolve("tree/file"), "unix:mode", 0104751);
    Files.setAttribute(host.resolve("tree"), "unix:mode", 0043705);
    Files.createSymbolicLink(host.resolve("tree/link"), Path.of("/no/where"));
    sh(container, "mkdir -m 2777 /tmp/into; chgrp 0 /tmp/into");

    container.copyTo(host.resolve("tree"), "/tmp/into/tree");

    assertThat(sh(container, "cd /tmp/into/tree; stat -c '%n %u:%g %a' . file link"))
        .isEqualTo(". 0:0 705\nfile 0:0 751\nlink 0:0 777\n");
    assertThat(sh(container, "readlink /tmp/into/tree/link")).isEqualTo("/no/where\n");
  }

  @Test
  void what_is_copied_out_belongs_to_the_jvm_without_set_id_bits() throws IOException {
    sh(
        container,
        "cd /tmp; mkdir d; echo x >d/f; chmod 6755 d/f; chmod 7711 d; ln -s /nowhere d/l");
    container.copyFrom("/tmp/d", host.resolve("d"));

    int uid = (Integer) Files.getAttribute(host, "unix:uid");
    for (Map.Entry<String, Integer> entry :
        Map.of("d", 040711, "d/f", 0100755, "d/l", 0120777).entrySet()) {
      Map<String, Object> attributes =
          Files.readAttributes(
              host.resolve(entry.getKey()), "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
      assertThat(attributes).containsEntry("mode", entry.getValue()).containsEntry("uid", uid);
    }
    assertThat(Files.readSymbolicLink(host.resolve("d/l"))).hasToString("/nowhere");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void another_users_private_file_is_copied_out() throws IOException {
    sh(container, "cd /tmp; mkdir -m 700 d; echo secret >d/f; chmod 600 d/f; chown -R 33:33 d");
    container.copyFrom("/tmp/d", host);

    assertThat(host.resolve("d/f")).hasContent("secret\n");
    assertThat(Files.getPosixFilePermissions(host.resolve("d/f")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(Files.getOwner(host.resolve("d/f"))).isEqualTo(Files.getOwner(host));
  }

  @Test
  void times_of_change_are_kept() throws IOException {
    FileTime time = FileTime.from(Instant.parse("2001-02-03T04:05:06.789012345Z"));
    Path file = file("tree/d/file", "x");
    Path link = Files.createSymbolicLink(host.resolve("tree/link"), Path.of("d"));
    Files.setLastModifiedTime(file, time);
    Files.setLastModifiedTime(host.resolve("tree/d"), time);
    container.copyTo(host.resolve("tree"), "/tmp");
    container.copyFrom("/tmp/tree", host.resolve("back"));

    assertThat(sh(container, "cd /tmp/tree; stat -c %.9Y d d/file"))
        .isEqualTo("981173106.789012345\n981173106.789012345\n");
    assertThat(Files.getLastModifiedTime(host.resolve("back/d/file"))).isEqualTo(time);
    assertThat(Files.getLastModifiedTime(host.resolve("back/link"), LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(Files.getLastModifiedTime(link, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void names_are_any_bytes() throws IOException {
    sh(
        container,
        "mkdir /tmp/d; cd /tmp/d; touch \"$(printf 'a\\nb')\" \"$(printf '\\377\\200')\" -- ä");
    sh(container, "cd /tmp/d; ln -s \"$(printf '\\376')\" \"$(printf 'l\\375')\"");
    container.copyFrom("/tmp/d", host.resolve("d"));
    container.copyTo(host.resolve("d"), "/tmp/e");

    String listing = "LC_ALL=C; cd /tmp/d; for f in *; do echo \"$f\"; readlink \"$f\" || :; done";
    String expected = sh(container, listing + " | od -c");
    assertThat(expected).contains("377 200");
    assertThat(sh(container, listing.replace("/d;", "/e;") + " | od -c")).isEqualTo(expected);
  }

  @Test
  void a_deep_tree_and_a_large_file_arrive_whole() throws IOException {
    Path deep = Files.createDirectories(host.resolve("tree/" + "d/".repeat(400)));
    Files.writeString(deep.resolve("bottom"), "x");
    byte[] block = new byte[1 << 20];
    new Random(1).nextBytes(block);
    try (RandomAccessFile large = new RandomAccessFile(host.resolve("tree/large").toFile(), "rw")) {
      for (int i = 0; i < 40; i++) {
        block[0] = (byte) i;
        large.write(block);
      }
    }
    container.copyTo(host.resolve("tree"), "/tmp");
    container.copyFrom("/tmp/tree", host.resolve("back"));

    assertThat(Files.mismatch(host.resolve("tree/large"), host.resolve("back/large")))
        .isEqualTo(-1);
    assertThat(TreeHash.of(host.resolve("back"))).isEqualTo(TreeHash.of(host.resolve("tree")));
  }

  @Test
  @RequiresHost(Feature.OVERLAY_IN_USERNS)
  void the_write_layer_gets_it_and_the_layer_does_not(@HostRootedTempDir Path layer)
      throws IOException {
    Path root = RootfsFixtures.busyboxRoot(layer.resolve("root"));
    Files.writeString(root.resolve("file"), "old");
    Map<String, String> before = TreeHash.of(root);
    ContainerSpec spec =
        ContainerSpec.builder().rootfs(LayeredRootfs.directory(root)).command("cat").build();
    try (Container layered = runtime.start(spec)) {
      layered.copyTo(file("file", "new"), "/file");
      layered.copyTo(file("etc/made", "made"), "/etc/made");
      assertThat(sh(layered, "cat /file /etc/made")).isEqualTo("newmade");
    }
    assertThat(TreeHash.of(root)).isEqualTo(before);
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void a_container_in_the_hosts_user_namespace_is_copied_to_and_from() throws IOException {
    ContainerSpec spec =
        ContainerSpec.builder().command("cat").namespaces(ns -> ns.user(Namespace.host())).build();
    try (Container sharing = runtime.start(spec)) {
      sharing.copyTo(file("one", "1"), "/tmp");
      sharing.copyFrom("/tmp/one", host.resolve("two"));
    }
    assertThat(host.resolve("two")).hasContent("1");
  }

  @Test
  void a_container_whose_mounts_belong_to_a_user_namespace_above_is_copied_to_and_from()
      throws IOException {
    ContainerSpec spec =
        ContainerSpec.builder().command("cat").capabilities(Capabilities.all()).build();
    try (Container mighty = runtime.start(spec)) {
      mighty.copyTo(file("one", "1"), "/tmp");
      mighty.copyFrom("/tmp/one", host.resolve("two"));
      assertThat(sh(mighty, "stat -c %u:%g /tmp/one")).isEqualTo("0:0\n");
    }
    assertThat(host.resolve("two")).hasContent("1");
  }

  @Test
  void the_first_process_may_be_stopped() throws IOException {
    container.signal(Signal.parse("STOP"));
    container.copyTo(file("one", "1"), "/tmp");
    container.copyFrom("/tmp/one", host.resolve("two"));

    assertThat(host.resolve("two")).hasContent("1");
  }

  // Errors.

  private static CopyFailedException failure(ThrowingCallable copy) {
    return catchThrowableOfType(CopyFailedException.class, copy);
  }

  @Test
  void a_source_that_is_not_there_is_named() {
    assertThatThrownBy(() -> container.copyTo(host.resolve("none"), "/tmp"))
        .isInstanceOf(CopyFailedException.class)
        .hasMessage(
            "copy failed: \"%s/none\" on the host: it is not there; nothing has been copied", host);
    assertThatThrownBy(() -> container.copyFrom("/tmp/none", host))
        .hasMessage(
            "copy failed: \"/tmp/none\" in the container: it is not there; nothing has been copied");
  }

  @Test
  void a_target_must_fit() throws IOException {
    Path file = file("one", "1");
    sh(container, "mkdir -p /tmp/d/one; touch /tmp/file");

    assertThat(failure(() -> container.copyTo(file, "/tmp/none/x")))
        .hasMessageStartingWith("copy failed: \"/tmp/none/\" in the container: there is no such");
    assertThat(failure(() -> container.copyTo(file, "/tmp/none/")))
        .hasMessageStartingWith("copy failed: \"/tmp/none/\" in the container: there is no such");
    assertThat(failure(() -> container.copyTo(host, "/tmp/file")))
        .hasMessageStartingWith("copy failed: \"/tmp/file\" in the container: it is no directory");
    CopyFailedException failure = failure(() -> container.copyTo(file, "/tmp/d"));
    assertThat(failure.errno()).contains("EISDIR");
    assertThat(failure.path()).isEqualTo("/tmp/d/one");
    assertThat(failure).hasMessageContaining("renameat(").hasMessageContaining("(EISDIR)");
    assertThat(sh(container, "ls -A /tmp/d")).isEqualTo("one\n");
  }

  @Test
  void what_cannot_be_written_says_so() throws IOException {
    CopyFailedException failure = failure(() -> container.copyTo(file("one", "1"), "/usr"));

    assertThat(failure.errno()).contains("EROFS");
    assertThat(failure.path()).isEqualTo("/usr/one");
    assertThat(failure).hasMessageContaining("It is mounted read-only there");
  }

  @Test
  void a_full_file_system_keeps_what_was_copied_and_nothing_half() throws IOException {
    file("tree/a", "small");
    Files.write(host.resolve("tree/b"), new byte[3 << 20]);
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.host().writable(ByteSize.parse("1m")))
            .command("cat")
            .build();
    try (Container small = runtime.start(spec)) {
      CopyFailedException failure = failure(() -> small.copyTo(host.resolve("tree"), "/root/tree"));

      assertThat(failure.errno()).contains("ENOSPC");
      assertThat(failure).hasMessageContaining("/root/tree/b").hasMessageContaining("is full");
      assertThat(sh(small, "cd /root/tree; ls -A | grep -v '^a$' || :")).isEmpty();
    }
  }

  @Test
  void fifos_sockets_and_devices_are_refused_without_being_opened() {
    sh(container, "mkdir /tmp/d; mkfifo /tmp/d/fifo");

    assertThat(failure(() -> container.copyFrom("/tmp/d", host)))
        .hasMessageStartingWith("copy failed: \"/tmp/d/fifo\" in the container: it is a FIFO");
    assertThat(failure(() -> container.copyFrom("/dev/zero", host)))
        .hasMessageStartingWith("copy failed: \"/dev/zero\" in the container: it is a character");
    assertThat(failure(() -> container.copyTo(Path.of("/dev/null"), "/tmp/null")))
        .hasMessageStartingWith("copy failed: \"/dev/null\" on the host: it is a character device");
  }

  @Test
  void a_file_of_proc_is_refused_and_not_copied_as_an_empty_one() {
    assertThat(failure(() -> container.copyFrom("/proc/1/status", host.resolve("status"))))
        .hasMessageContaining("it has a content but no size");
    assertThat(host).isEmptyDirectory();
  }

  @Test
  void links_below_proc_do_not_lead_out() {
    assertThat(failure(() -> container.copyFrom("/proc/1/root/etc", host)).errno())
        .get()
        .isIn("ELOOP", "EACCES");
  }

  @Test
  void paths_of_the_container_are_absolute() {
    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(() -> container.copyTo(host, "tmp"))
        .withMessage("target: \"tmp\" does not begin with /");
    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(() -> container.copyFrom("/tmp\0/x", host));
    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(() -> container.copyFrom("", host));
  }

  @Test
  void a_container_that_has_ended_has_no_files() throws IOException {
    Path file = file("one", "1");
    container.close();

    assertThatExceptionOfType(ContainerGoneException.class)
        .isThrownBy(() -> container.copyTo(file, "/tmp"));
  }

  @Test
  void an_interrupt_ends_a_copy() throws IOException {
    Path file = file("one", "1");
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(ContainerInterruptedException.class)
        .isThrownBy(() -> container.copyTo(file, "/tmp"));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(sh(container, "ls -A /tmp")).isEmpty();
  }
}
