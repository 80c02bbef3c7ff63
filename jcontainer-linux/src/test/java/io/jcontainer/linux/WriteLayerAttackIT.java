package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Change;
import io.jcontainer.Container;
import io.jcontainer.ContainerSpec;
import io.jcontainer.CopyFailedException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a container can leave for whoever looks at what it has written. */
@Timeout(120)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class WriteLayerAttackIT extends WithRuntime {
  private Path base = Path.of("/");

  @BeforeAll
  void makeBase(@HostRootedTempDir Path made) {
    base = RootfsFixtures.busyboxRoot(made.resolve("base"));
  }

  private Container started(String script) {
    return runtime.start(
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.directory(base).inspectable())
            .command("sh", "-c", script)
            .build());
  }

  private Container ended(String script) {
    Container container = started(script);
    String errors = container.stderr().readText();
    if (!errors.isEmpty() || !container.waitFor().isSuccess()) {
      container.close();
      throw new AssertionError(errors);
    }
    return container;
  }

  private static List<String> names(byte[] tar) throws IOException {
    List<String> names = new ArrayList<>();
    try (TarReader reader = TarReader.ofBytes(new ByteArrayInputStream(tar))) {
      for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
        names.add(entry.type() + " " + entry.name());
      }
    }
    return names;
  }

  private static byte[] diff(Container container) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    container.diff(out);
    return out.toByteArray();
  }

  @Test
  void directories_in_each_other_beyond_what_any_path_can_name() {
    int each = 1_000;
    int times = 3;
    String some = "d/".repeat(each);
    StringBuilder script = new StringBuilder("cd /home; mkdir t0; echo x >t0/deepest; ");
    for (int i = 1; i <= times; i++) {
      script.append("mkdir -p t%d/%s; mv t%d t%d/%s; ".formatted(i, some, i - 1, i, some));
    }
    try (Container container = ended(script.toString())) {
      List<Change> changes = container.changes();

      assertThat(changes).hasSize((each + 1) * times + 2);
      assertThat(changes.get(changes.size() - 1).path()).endsWith("/t0/deepest");
      container.diff(OutputStream.nullOutputStream());
    }
  }

  @Test
  void many_names_in_one_directory() throws IOException {
    try (Container container =
        ended("cd /home; busybox seq 1 5000 | busybox xargs touch; rm 7; mkfifo 7")) {
      assertThat(container.changes()).hasSize(5_000).isSorted();
      container.diff(OutputStream.nullOutputStream());
    }
  }

  @Test
  void a_file_of_nothing_that_says_it_is_endless() {
    try (Container container =
        ended("dd if=/dev/zero of=/home/f bs=1 count=0 seek=17179869185 2>/dev/null")) {
      assertThat(container.changes()).map(Change::toString).containsExactly("A /home/f");
      assertThatThrownBy(() -> container.diff(OutputStream.nullOutputStream()))
          .isInstanceOf(CopyFailedException.class)
          .hasMessageContaining("\"/home/f\"")
          .hasMessageContaining("holes");
    }
  }

  @Test
  void a_name_that_would_remove_another_file_in_a_layer() {
    try (Container container = ended("echo >/etc/.wh.passwd")) {
      assertThatThrownBy(() -> diff(container))
          .isInstanceOf(CopyFailedException.class)
          .hasMessageContaining("/etc/.wh.passwd");
      container.export(OutputStream.nullOutputStream());
    }
  }

  @Test
  void sockets_are_left_out_and_links_lead_nowhere() throws IOException {
    try (Container container =
        started(
            "cd /home; ln -s /proc/self/root out; ln -s ../../../../etc/shadow s; mkfifo p;"
                + " busybox nc -l -p 1 local:/home/sock & mkdir d; ln -s / d/root; echo; cat")) {
      container.stdout().readNBytes(1);

      assertThat(names(diff(container)))
          .containsExactly(
              "5 home/", "5 home/d/", "2 home/d/root", "2 home/out", "6 home/p", "2 home/s");
    }
  }

  @Test
  void what_changes_all_the_time_is_read_all_the_same() throws IOException {
    String script =
        "cd /home; echo; while :; do mkdir -p a/b; echo x >a/b/f; mv a c; rm -r c; ln -s / a;"
            + " rm a; mkfifo a; rm a; done";
    try (Container container = started(script)) {
      container.stdout().readNBytes(1);
      for (int i = 0; i < 12; i++) {
        assertThat(container.changes())
            .allMatch(change -> change.path().matches("/home/[ac](/b(/f)?)?"));
        for (String name : names(diff(container))) {
          assertThat(name).contains("home/");
        }
      }
    }
    assertThat(Files.exists(base.resolve("home/a"))).isFalse();
  }
}
