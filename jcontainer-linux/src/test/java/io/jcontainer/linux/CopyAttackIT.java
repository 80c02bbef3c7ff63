package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.CopyFailedException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Namespace;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.ProcStatus;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.fixtures.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a container tries while it is copied to and from: THREATS of docker cp. */
@Timeout(180)
class CopyAttackIT extends WithRuntime {
  private static final int RACES = 150;
  private static final int VANISHED = 500;

  @TempDir private Path host = Path.of("/");

  private static void sh(Container container, String script) {
    try (ContainerProcess process = container.exec("sh", "-c", script)) {
      String err = process.stderr().readText();
      assertThat(process.waitFor().isSuccess()).as(err).isTrue();
    }
  }

  /** Exchanges a directory with a link to the same path outside, as fast as it can. */
  private static ContainerSpec racer(Path canary) {
    String exchange =
        """
        import ctypes, os, sys
        os.makedirs('/tmp/tree/d/e', exist_ok=True)
        open('/tmp/tree/d/e/file', 'w').write('inside')
        os.symlink('../' * 12 + sys.argv[1][1:], '/tmp/tree/x')
        print('ready', flush=True)
        libc = ctypes.CDLL(None)
        while True:
            libc.renameat2(-100, b'/tmp/tree/d', -100, b'/tmp/tree/x', 2)
        """;
    return ContainerSpec.of("python3", "-c", exchange, canary.toString());
  }

  @Test
  @RequiresHost(Feature.PYTHON3)
  void a_racer_that_exchanges_directories_and_links_leads_no_copy_out() throws IOException {
    Path canary = Files.createDirectories(host.resolve("canary"));
    Files.createDirectories(canary.resolve("e"));
    Files.writeString(canary.resolve("e/file"), "outside");
    Map<String, String> before = TreeHash.of(canary);
    Path in = Files.createDirectories(host.resolve("in/e"));
    Files.writeString(in.resolve("file"), "copied");
    int whole = 0;
    int links = 0;
    try (Container racer = runtime.start(racer(canary))) {
      assertThat(racer.stdout().lines().findFirst()).contains("ready");
      for (int i = 0; i < RACES; i++) {
        Path out = host.resolve("out" + i);
        try {
          racer.copyTo(host.resolve("in/."), "/tmp/tree/d");
          racer.copyFrom("/tmp/tree", out);
          for (String name : new String[] {"d", "x"}) {
            Path copied = out.resolve(name);
            if (Files.isSymbolicLink(copied)) {
              links++;
            } else if (Files.exists(copied.resolve("e/file"))) {
              whole++;
              assertThat(copied.resolve("e/file")).content().isNotEqualTo("outside");
            }
          }
          racer.copyFrom("/tmp/tree/d/e/file", host.resolve("file" + i));
          assertThat(host.resolve("file" + i)).content().isNotEqualTo("outside");
        } catch (CopyFailedException e) {
          // What was a directory is a link by now, or what it leads to is not there in the root.
          assertThat(e.errno().orElse("ENOENT")).isIn("ENOENT", "ENOTDIR", "ELOOP", "EAGAIN");
        }
      }
    }
    assertThat(TreeHash.of(canary)).isEqualTo(before);
    assertThat(whole).as("copies of the directory").isPositive();
    assertThat(links).as("copies of the link").isPositive();
  }

  @Test
  void links_that_a_copy_has_brought_lead_no_later_copy_anywhere() throws IOException {
    Path canary = Files.createDirectories(host.resolve("canary"));
    Files.writeString(canary.resolve("file"), "outside");
    Map<String, String> before = TreeHash.of(canary);
    try (Container container = waiting()) {
      sh(container, "mkdir /tmp/t; cd /tmp/t; ln -s " + canary + " d; ln -s " + canary + "/file f");
      container.copyFrom("/tmp/t", host.resolve("out"));
      sh(
          container,
          "cd /tmp/t; rm d f; mkdir d; echo evil >d/file; echo evil >d/new; echo evil >f");

      container.copyFrom("/tmp/t/f", host.resolve("out"));
      Optional<CopyFailedException> failure = Optional.empty();
      try {
        container.copyFrom("/tmp/t", host);
        container.copyFrom("/tmp/t/.", host.resolve("out"));
      } catch (CopyFailedException e) {
        failure = Optional.of(e);
      }

      assertThat(failure.flatMap(CopyFailedException::errno)).contains("ENOTDIR");
      assertThat(host.resolve("out/f")).isRegularFile().hasContent("evil");
      assertThat(Files.isSymbolicLink(host.resolve("out/d"))).isTrue();
    }
    assertThat(TreeHash.of(canary)).isEqualTo(before);
  }

  @Test
  void links_in_the_container_lead_no_copy_out_of_its_root() throws IOException {
    Path canary = Files.createDirectories(host.resolve("canary"));
    Files.writeString(canary.resolve("file"), "outside");
    Map<String, String> before = TreeHash.of(canary);
    Path file = Files.writeString(host.resolve("file"), "evil");
    String outside = "../".repeat(20) + canary.toString().substring(1);
    try (Container container = waiting()) {
      sh(
          container,
          "cd /tmp; ln -s " + outside + " up; ln -s " + canary + " abs; ln -s up/x dangling");
      for (String link : new String[] {"up", "abs"}) {
        String below = "/tmp/" + link;
        assertFails(() -> container.copyTo(file, below + "/file"));
        assertFails(() -> container.copyFrom(below + "/file", host.resolve("stolen")));
      }
      container.copyTo(file, "/tmp/dangling"); // it is replaced
    }
    assertThat(host.resolve("stolen")).doesNotExist();
    assertThat(TreeHash.of(canary)).isEqualTo(before);
  }

  private static void assertFails(Runnable copy) {
    try {
      copy.run();
    } catch (CopyFailedException e) {
      return;
    }
    throw new AssertionError("nothing failed");
  }

  @Test
  @RequiresHost(Feature.OVERLAY_IN_USERNS)
  void no_program_of_the_container_is_executed(@HostRootedTempDir Path layer) throws IOException {
    Path root = RootfsFixtures.busyboxRoot(layer.resolve("root"));
    Files.createDirectories(root.resolve("usr/bin"));
    for (String tool : new String[] {"tar", "xz", "gzip", "unpigz", "cp", "sh", "id"}) {
      for (String directory : new String[] {"bin", "usr/bin"}) {
        Path fake = root.resolve(directory).resolve(tool);
        Files.deleteIfExists(fake);
        Files.writeString(fake, "#!/bin/busybox sh\necho $0 >>/executed\n");
        Files.setAttribute(fake, "unix:mode", 0755);
      }
    }
    Files.writeString(host.resolve("archive.tar.xz"), "not an archive");
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.directory(root))
            .command("/bin/busybox", "cat")
            .build();
    try (Container container = runtime.start(spec)) {
      container.copyTo(host.resolve("archive.tar.xz"), "/");
      container.copyFrom("/archive.tar.xz", host.resolve("back"));
      container.copyFrom("/bin/tar", host.resolve("tar"));
      try (ContainerProcess list = container.exec("/bin/busybox", "ls", "/")) {
        assertThat(list.stdout().readText()).contains("archive.tar.xz").doesNotContain("executed");
      }
    }
    assertThat(host.resolve("back")).hasContent("not an archive");
  }

  @Test
  void a_directory_that_nests_for_ever_is_an_error() {
    try (Container container = waiting()) {
      String nest = "cd /tmp; for i in $(seq 1100); do mkdir d && cd -P ./d || exit 1; done";
      sh(container, nest);

      assertThat(failureOf(container, "/tmp/d"))
          .hasMessageContaining("it lies deeper than 1000 directories");
      // JUnit would need ten seconds for what has come.
      Tool.output("rm", "-rf", host.resolve("out").toString());
    }
  }

  private CopyFailedException failureOf(Container container, String source) {
    try {
      container.copyFrom(source, host.resolve("out"));
    } catch (CopyFailedException e) {
      return e;
    }
    throw new AssertionError("nothing failed");
  }

  @Test
  void a_file_that_grows_for_ever_is_copied_as_it_was_found() throws IOException {
    ContainerSpec spec =
        ContainerSpec.of("sh", "-c", "echo >/tmp/f; echo; while :; do echo more >>/tmp/f; done");
    try (Container container = runtime.start(spec)) {
      assertThat(container.stdout().read()).isEqualTo('\n');

      container.copyFrom("/tmp/f", host.resolve("f"));

      assertThat(host.resolve("f")).content().startsWith("\n");
    }
  }

  @Test
  @RequiresHost(Feature.OVERLAY_IN_USERNS)
  void what_vanishes_while_it_is_copied_is_not_there(@HostRootedTempDir Path layer)
      throws IOException {
    Path root = RootfsFixtures.busyboxRoot(layer.resolve("root"));
    Files.createDirectories(root.resolve("t/stays"));
    String churn =
        """
        echo ready
        while :; do
          mkdir -p /t/a/b /t/c/d
          echo >/t/a/b/f
          ln -s x /t/c/d/l
          rm -rf /t/a /t/c
        done
        """;
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.directory(root))
            .command("sh", "-c", churn)
            .build();
    try (Container container = runtime.start(spec)) {
      assertThat(container.stdout().lines().findFirst()).contains("ready");
      for (int i = 0; i < VANISHED; i++) {
        Path out = host.resolve("out" + i);
        container.copyFrom("/t", out);
        assertThat(out.resolve("stays")).isDirectory();
      }
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void the_agent_is_out_of_reach_and_has_three_capabilities() throws Exception {
    // The one kind of pid namespace in which the container could see it.
    ContainerSpec spec =
        ContainerSpec.builder().command("cat").namespaces(ns -> ns.pid(Namespace.host())).build();
    Path tree = Files.createDirectories(host.resolve("tree"));
    for (int i = 0; i < 4000; i++) {
      Files.createFile(tree.resolve("f" + i));
    }
    try (Container container = runtime.start(spec)) {
      CompletableFuture<Void> copy =
          CompletableFuture.runAsync(() -> container.copyTo(tree, "/tmp"));
      ProcStatus status = awaitAgent(container);
      String agent = status.field("Pid");
      String peek = "cat /proc/$0/status >/dev/null || exit 4; ls /proc/$0/root/ && exit 5; :";
      try (ContainerProcess trace = container.exec("sh", "-c", peek, agent)) {
        assertThat(trace.stdout().readText()).isEmpty();
        assertThat(trace.waitFor().code()).as(trace.stderr().readText()).isZero();
      }
      assertThat(copy).as("it was still at work").isNotDone();
      assertThat(status.field("CapPrm")).isEqualTo("000000000000000b");
      assertThat(status.field("CapInh")).isEqualTo("0000000000000000");
      assertThat(status.field("NoNewPrivs")).isEqualTo("1");
      assertThat(status.field("Groups")).isEmpty();
      copy.get(120, TimeUnit.SECONDS);
    }
  }

  /** The child of the JVM that has the container's mounts, but is not its first process. */
  private static ProcStatus awaitAgent(Container container) {
    String mounts = ProcFs.namespace(container.pid(), "mnt");
    AtomicReference<ProcStatus> agent = new AtomicReference<>();
    assertThat(
            Poll.until(
                Duration.ofSeconds(20),
                () -> {
                  for (ProcStat child : ProcFs.children(ProcFs.ownPid())) {
                    if (child.pid() != container.pid() && isAgent(child.pid(), mounts)) {
                      agent.set(ProcFs.status(child.pid()));
                    }
                  }
                  return agent.get() != null;
                }))
        .isTrue();
    return agent.get();
  }

  private static boolean isAgent(long pid, String mounts) {
    try {
      return mounts.equals(ProcFs.namespace(pid, "mnt"))
          && ProcFs.status(pid).field("CapEff").equals("000000000000000b");
    } catch (UncheckedIOException e) {
      return false; // it has ended
    }
  }
}
