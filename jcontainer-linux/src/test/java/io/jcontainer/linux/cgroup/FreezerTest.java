package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.FakeKernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreezerTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final FakeKernel kernel = new FakeKernel();
  @TempDir Path directory;

  @AfterEach
  void nothing_stays_open() {
    assertThat(kernel.openDescriptors()).isEmpty();
    assertThat(kernel.buffers()).isZero();
  }

  private Freezer freezer(Version version) {
    CgroupDirectory own = new CgroupDirectory(version, Set.of(Controller.FREEZER), directory);
    return Freezer.of(kernel, List.of(own)).orElseThrow();
  }

  private void file(String name, String content) {
    try {
      Files.writeString(directory.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void it_is_where_the_container_has_the_controller() {
    CgroupDirectory memory =
        new CgroupDirectory(Version.V1, Set.of(Controller.MEMORY), Path.of("/memory"));
    CgroupDirectory v2 =
        new CgroupDirectory(Version.V2, Set.of(Controller.FREEZER), Path.of("/unified"));

    assertThat(Freezer.of(kernel, List.of(memory))).isEmpty();
    assertThat(Freezer.of(kernel, List.of(memory, v2)).orElseThrow()).isInstanceOf(FreezerV2.class);
  }

  @Test
  void on_v2_it_waits_for_the_event() {
    file("cgroup.freeze", "0");
    file("cgroup.events", "populated 1\nfrozen 0\n");
    kernel.onAwaitChange(() -> file("cgroup.events", "populated 1\nfrozen 1\n"));

    freezer(Version.V2).freeze(LONG);

    assertThat(kernel.calls()).containsExactly("write cgroup.freeze 1", "await change");
    assertThat(freezer(Version.V2).isFrozen()).isTrue();
  }

  @Test
  void on_v2_another_event_is_not_taken_for_it() {
    file("cgroup.freeze", "0");
    file("cgroup.events", "populated 1\nfrozen 0\n");
    kernel.onAwaitChange(
        () -> {
          boolean second = kernel.calls().stream().filter("await change"::equals).count() == 2;
          file("cgroup.events", second ? "populated 0\nfrozen 1\n" : "populated 0\nfrozen 0\n");
        });

    freezer(Version.V2).freeze(LONG);

    assertThat(kernel.calls())
        .containsExactly("write cgroup.freeze 1", "await change", "await change");
  }

  @Test
  void on_v2_what_cannot_be_frozen_is_thawed_again_and_told() {
    file("cgroup.freeze", "0");
    file("cgroup.events", "populated 1\nfrozen 0\n");

    assertThatThrownBy(() -> freezer(Version.V2).freeze(Duration.ZERO))
        .isInstanceOf(ContainerException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("cgroup.events says populated 1, frozen 0");
    assertThat(freezer(Version.V2).isFrozen()).isFalse();
  }

  @Test
  void on_v2_it_is_frozen_until_it_is_thawed() {
    file("cgroup.freeze", "1");
    file("cgroup.events", "populated 1\nfrozen 1\n");
    assertThat(freezer(Version.V2).isFrozen()).isTrue();

    freezer(Version.V2).thaw();

    assertThat(freezer(Version.V2).isFrozen()).isFalse();
  }

  @Test
  void on_v1_it_asks_again_until_all_is_frozen() {
    file("freezer.state", "THAWED");
    kernel.onWrite(
        state -> {
          boolean third = kernel.calls().size() == 3;
          file("freezer.state", third ? "FROZEN\n" : "FREEZING\n");
        });

    freezer(Version.V1).freeze(LONG);

    assertThat(kernel.calls()).hasSize(3).containsOnly("write freezer.state FROZEN");
  }

  @Test
  void on_v1_what_hangs_is_thawed_for_a_moment() {
    // What waits for another one in an uninterruptible state is frozen only if that goes on.
    file("freezer.state", "THAWED");
    kernel.onWrite(
        state -> {
          boolean thawed = kernel.calls().contains("write freezer.state THAWED");
          file("freezer.state", thawed ? "FROZEN\n" : "FREEZING\n");
        });

    freezer(Version.V1).freeze(LONG);

    assertThat(kernel.calls()).endsWith("write freezer.state THAWED", "write freezer.state FROZEN");
  }

  @Test
  void on_v1_what_cannot_be_frozen_is_thawed_again_and_told() {
    file("freezer.state", "THAWED");
    kernel.onWrite(state -> file("freezer.state", "FREEZING\n"));

    assertThatThrownBy(() -> freezer(Version.V1).freeze(Duration.ofMillis(5)))
        .isInstanceOf(ContainerException.class)
        .hasMessageContaining("within 5 ms")
        .hasMessageContaining("FREEZING");
    assertThat(kernel.calls()).endsWith("write freezer.state THAWED");
  }

  @Test
  void on_v1_an_interrupt_ends_it_and_thaws() {
    file("freezer.state", "THAWED");
    kernel.onWrite(state -> file("freezer.state", "FREEZING\n"));
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> freezer(Version.V1).freeze(LONG))
          .isInstanceOf(ContainerInterruptedException.class);
      assertThat(kernel.calls()).endsWith("write freezer.state THAWED");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void on_v1_it_is_frozen_itself_and_not_by_a_cgroup_above() {
    file("freezer.state", "FROZEN\n");
    file("freezer.self_freezing", "0\n");
    file("freezer.parent_freezing", "1\n");
    assertThat(freezer(Version.V1).isFrozen()).isFalse();

    file("freezer.self_freezing", "1\n");
    assertThat(freezer(Version.V1).isFrozen()).isTrue();
  }

  @Test
  void a_cgroup_that_is_gone_is_told_as_such() {
    for (Version version : Version.values()) {
      assertThatThrownBy(() -> freezer(version).freeze(LONG))
          .isInstanceOf(ContainerGoneException.class)
          .hasMessageContaining(directory + " is gone");
      assertThatThrownBy(() -> freezer(version).thaw()).isInstanceOf(ContainerGoneException.class);
      assertThat(freezer(version).isFrozen()).isFalse();
    }
  }
}
