package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Change;
import io.jcontainer.Container;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.PoolOptions;
import io.jcontainer.WriteLayer;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a container has written, while it runs and after its end. */
@Timeout(60)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class WriteLayerIT extends WithRuntime {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String CHANGES =
      "echo x >/etc/passwd; rm /etc/group; echo y >/new; mkdir -p /d/e; echo z >/d/e/f;"
          + " ln -s /new /link; chmod 700 /home; rm -r /var; mkdir /var; echo v >/var/v";

  private static final String[] CHANGED = {
    "A /d",
    "A /d/e",
    "A /d/e/f",
    "C /etc/passwd",
    "D /etc/group",
    "C /home",
    "A /link",
    "A /new",
    "A /var/v"
  };

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

  private LayeredRootfs inspectable() {
    return LayeredRootfs.directory(base).inspectable();
  }

  private static ContainerSpec sh(LayeredRootfs rootfs, String script) {
    return ContainerSpec.builder().rootfs(rootfs).command("sh", "-c", script).build();
  }

  private Container ended(LayeredRootfs rootfs, String script) {
    Container container = runtime.start(sh(rootfs, script));
    String errors = container.stderr().readText();
    if (!errors.isEmpty() || !container.waitFor().isSuccess()) {
      container.close();
      throw new AssertionError(errors);
    }
    return container;
  }

  @Test
  void changes_are_told_after_the_end() {
    try (Container container = ended(inspectable(), CHANGES)) {
      assertThat(container.changes()).map(Change::toString).containsExactlyInAnyOrder(CHANGED);
    }
  }

  @Test
  void changes_are_told_while_it_runs() throws IOException {
    try (Container container = runtime.start(sh(inspectable(), CHANGES + "; echo done; cat"))) {
      assertThat(container.stdout().readNBytes(5)).asString().isEqualTo("done\n");

      assertThat(container.changes()).map(Change::toString).containsExactlyInAnyOrder(CHANGED);
      assertThat(container.toHandle().changes()).isEqualTo(container.changes());
    }
  }

  @Test
  void a_kept_layer_tells_its_changes_without_a_container() {
    LayeredRootfs kept = LayeredRootfs.directory(base).writableIn(directory.resolve("kept"));
    ContainerSpec spec = sh(kept, CHANGES);
    try (Container container = ended(kept, CHANGES)) {
      assertThat(container.changes()).map(Change::toString).containsExactlyInAnyOrder(CHANGED);
    }
    assertThat(runtime.writeLayer(spec).changes())
        .map(Change::toString)
        .containsExactlyInAnyOrder(CHANGED);
  }

  /** The main program of another JVM. */
  static final class Starter {
    public static void main(String[] args) throws IOException {
      ContainerRuntime runtime = ContainerRuntime.create();
      Container container =
          runtime.start(
              sh(LayeredRootfs.directory(Path.of(args[0])).inspectable(), CHANGES + "; echo; cat"));
      container.stdout().readNBytes(1);
      System.out.println(container.id());
      System.in.read();
      runtime.close();
    }
  }

  @Test
  void another_jvm_tells_the_changes_of_a_container_that_runs() throws Exception {
    try (JvmFork jvm = JvmFork.start(Starter.class, base.toString())) {
      ContainerHandle handle = runtime.find(jvm.readLine(Duration.ofSeconds(20))).orElseThrow();

      assertThat(handle.changes()).map(Change::toString).containsExactlyInAnyOrder(CHANGED);
      assertThat(listed(diff(handle))).contains(" etc/.wh.group\n", " d/e/f\n");

      jvm.kill9();
      jvm.waitFor(Duration.ofSeconds(20));
      assertThat(runtime.sweep()).map(Path::toString).anyMatch(path -> path.contains("/files-"));
    }
  }

  @Test
  void names_are_any_bytes() {
    try (Container container =
        ended(inspectable(), "cd /home; touch \"$(printf 'a\\nb')\" \"$(printf '\\377x')\"")) {
      assertThat(container.changes())
          .map(change -> new String(change.pathBytes(), ISO_8859_1))
          .containsExactly("/home/a\nb", "/home/\u00ffx");
    }
  }

  @Test
  void files_are_copied_after_the_end(@HostRootedTempDir Path place) throws IOException {
    try (Container container = ended(inspectable(), "echo result >/result")) {
      container.copyFrom("/result", place.resolve("out"));
      assertThat(place.resolve("out")).hasContent("result");

      container.copyTo(place.resolve("out"), "/in");
      assertThat(container.changes()).map(Change::toString).containsExactly("A /in", "A /result");
    }
  }

  @Test
  void what_is_not_inspectable_is_refused_with_what_helps() {
    try (Container container = ended(LayeredRootfs.directory(base), "true")) {
      assertThatThrownBy(container::changes)
          .isInstanceOf(InvalidSpecException.class)
          .hasMessageContaining("LayeredRootfs.inspectable()");
      assertThatThrownBy(() -> container.copyFrom("/etc/passwd", directory))
          .isInstanceOf(ContainerGoneException.class);
    }
  }

  @Test
  void when_it_is_closed_nothing_is_held() {
    Container container = ended(inspectable(), "true");
    container.close();

    assertThatThrownBy(container::changes).isInstanceOf(ContainerGoneException.class);
  }

  /** What GNU tar lists of an archive, with numbers as owners. */
  private static String listed(byte[] tar) throws Exception {
    Path file = Files.createTempFile("layer", ".tar");
    try {
      Files.write(file, tar);
      Process list =
          new ProcessBuilder(
                  "tar", "--numeric-owner", "--utc", "--full-time", "-tvf", file.toString())
              .redirectErrorStream(true)
              .start();
      String text = new String(list.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(list.waitFor()).describedAs(text).isZero();
      return text.replaceAll(" +", " ");
    } finally {
      Files.delete(file);
    }
  }

  private static byte[] diff(WriteLayer layer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    layer.diff(out);
    return out.toByteArray();
  }

  private static byte[] export(WriteLayer layer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    layer.export(out);
    return out.toByteArray();
  }

  @Test
  void a_diff_is_a_layer() throws Exception {
    String script =
        "umask 022; cd /home; echo x >a; ln a b; ln -s /x l; mkfifo p; chown 7:8 a; chmod 4755 a;"
            + " touch -d '2001-02-03 04:05:06' a; rm /etc/group; rm -r /var; mkdir /var";
    try (Container container = ended(inspectable(), script)) {
      byte[] tar = diff(container);

      assertThat(listed(tar).lines().map(line -> line.replaceAll(" 20[2-9]\\S+ \\S+", " now")))
          .containsExactly(
              "drwxr-xr-x 0/0 0 now etc/",
              "---------- 0/0 0 1970-01-01 00:00:00 etc/.wh.group",
              "drwxr-xr-x 0/0 0 now home/",
              "-rwsr-xr-x 7/8 2 2001-02-03 04:05:06 home/a",
              "hrwsr-xr-x 7/8 0 2001-02-03 04:05:06 home/b link to home/a",
              "lrwxrwxrwx 0/0 0 now home/l -> /x",
              "prw-r--r-- 0/0 0 now home/p");
      assertThat(diff(container)).isEqualTo(tar);
      assertThat(listed(export(container)))
          .contains(" home/b link to home/a\n", " proc/\n", " bin/sh -> busybox\n")
          .doesNotContain("etc/group", ".wh.", " proc/self");
    }
  }

  @Test
  void nothing_is_held_of_a_parked_one_that_was_killed() {
    ContainerSpec spec = sh(inspectable(), "exit 3");
    try (ContainerPool pool = runtime.pool(spec, PoolOptions.defaults().withMinimum(1))) {
      ProcStat parked =
          ProcFs.children(ProcFs.ownPid()).stream()
              .filter(child -> child.comm().equals("parked"))
              .findFirst()
              .orElseThrow();
      ProcessHandle.of(parked.pid()).orElseThrow().destroyForcibly();

      assertThat(Poll.until(PATIENCE, () -> pool.status().failure().isPresent())).isTrue();
      try (Container container = pool.start()) {
        assertThat(container.waitFor().code()).isEqualTo(3);
      }
    }
  }
}
