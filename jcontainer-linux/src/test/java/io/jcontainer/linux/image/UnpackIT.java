package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.LeakChecked;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is on disk when a layer was unpacked. */
@LeakChecked
@Timeout(60)
class UnpackIT {
  @TempDir Path parent;
  private UnpackingFixture fixture;

  @BeforeAll
  static void load() {
    UnpackingFixture.load();
  }

  @BeforeEach
  void open() {
    fixture = new UnpackingFixture(parent);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void files_directories_and_links_are_as_the_layer_has_them() throws Exception {
    RawTar tar =
        new RawTar()
            .entry("./etc/", '5')
            .mode(0750)
            .time(5)
            .end()
            .file("./etc/passwd", "root")
            .link("etc/link", "../etc/passwd")
            .hardLink("etc/hard", "etc/passwd")
            .entry("etc/program", '0')
            .content("x".repeat(100_000))
            .mode(06755)
            .pax("mtime", "7.123456789")
            .end()
            .entry("pipe", '6')
            .mode(0622)
            .end();

    try (UnpackedImage image = fixture.unpack(tar)) {
      Path root = image.layers().get(0);
      assertThat(image.layers()).hasSize(1);
      assertThat(UnpackingFixture.describe(root.resolve("etc"))).contains("40750", "00:05Z");
      assertThat(Files.readString(root.resolve("etc/passwd"))).isEqualTo("root");
      assertThat(Files.readSymbolicLink(root.resolve("etc/link"))).hasToString("../etc/passwd");
      assertThat(Files.isSameFile(root.resolve("etc/hard"), root.resolve("etc/passwd"))).isTrue();
      assertThat(UnpackingFixture.describe(root.resolve("etc/program")))
          .contains("106755", "00:07.123456789Z", "xxxxx");
      assertThat(UnpackingFixture.describe(root.resolve("pipe"))).contains("10622");
      assertThat(
              Files.getAttribute(root.resolve("etc/passwd"), "unix:uid", LinkOption.NOFOLLOW_LINKS))
          .isEqualTo(fixture.user.kernel().effectiveUserId());
    }
  }

  @Test
  void a_layer_is_unpacked_once() {
    RawTar base = new RawTar().file("a", "1");
    try (UnpackedImage first = fixture.unpack(base);
        UnpackedImage second = fixture.unpack(base, new RawTar().file("b", "2"))) {
      assertThat(second.layers()).hasSize(2).startsWith(first.layers().get(0));
      assertThat(fixture.places()).hasSize(2);
    }
  }

  @Test
  void layers_that_somebody_holds_are_not_pruned() {
    UnpackedImage held = fixture.unpack(new RawTar().file("a", "1"));
    fixture.unpack(new RawTar().file("b", "2")).close();
    fixture.images.images().forEach(fixture.images::remove);

    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(1);
    assertThat(Files.exists(held.layers().get(0).resolve("a"))).isTrue();
    held.close();
    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(1);
    assertThat(fixture.places()).isEqualTo(List.of());
  }
}
