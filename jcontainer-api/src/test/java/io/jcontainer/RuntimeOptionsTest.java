package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuntimeOptionsTest {
  @Test
  void a_relative_state_directory_is_refused() {
    assertThatThrownBy(() -> RuntimeOptions.defaults().withStateDirectory(Path.of("state")))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("stateDirectory"));
  }

  @Test
  void a_relative_directory_for_copies_is_refused() {
    assertThatThrownBy(() -> RuntimeOptions.defaults().withCopyDirectory(Path.of("copies")))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("copyDirectory"));
    assertThat(RuntimeOptions.defaults().copyDirectory()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1_001})
  void fewer_launches_at_once_than_one_or_more_than_a_thousand_are_refused(int launches) {
    assertThatThrownBy(() -> RuntimeOptions.defaults().withLaunchesAtOnce(launches))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage("launchesAtOnce: %d is not from 1 to 1,000", launches);
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0})
  void a_launch_that_may_not_wait_at_all_is_refused(long nanos) {
    assertThatThrownBy(() -> RuntimeOptions.defaults().withLaunchTimeout(Duration.ofNanos(nanos)))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("launchTimeout");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65})
  void fewer_prepared_networks_than_none_or_more_than_64_are_refused(int count) {
    assertThatThrownBy(() -> RuntimeOptions.defaults().withPreparedNetworks(count))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage("preparedNetworks: %d is not from 0 to 64", count);
  }

  @Test
  void some_networks_are_prepared_unless_nothing_is() {
    assertThat(RuntimeOptions.defaults().preparedNetworks()).isBetween(8, 32);
    assertThat(RuntimeOptions.defaults().withoutPreparation().preparedNetworks()).isZero();
  }

  @Test
  void one_option_of_a_runtime_keeps_the_others() {
    IdMapping ids = IdMapping.range(100_000, 65_536);
    Path state = Path.of("/run/state");
    RuntimeOptions all =
        RuntimeOptions.defaults()
            .withIds(ids)
            .withStateDirectory(state)
            .withCopyDirectory(Path.of("/copies"))
            .withLaunchesAtOnce(3)
            .withLaunchTimeout(Duration.ofSeconds(4))
            .withPreparedNetworks(5)
            .withPreparedCgroups(6)
            .withLeakDetection(false)
            .withCloseAtExit(false)
            .withCgroupParent("/containers")
            .withCgroupDelegation(true);

    for (RuntimeOptions options :
        new RuntimeOptions[] {
          all,
          all.withIds(ids),
          all.withStateDirectory(state),
          all.withCopyDirectory(Path.of("/copies")),
          all.withLaunchesAtOnce(3),
          all.withLaunchTimeout(Duration.ofSeconds(4)),
          all.withPreparedNetworks(5),
          all.withPreparedCgroups(6),
          all.withLeakDetection(false),
          all.withCloseAtExit(false),
          all.withCgroupParent("/containers"),
          all.withCgroupDelegation(true)
        }) {
      assertThat(options.ids()).contains(ids);
      assertThat(options.stateDirectory()).contains(state);
      assertThat(options.copyDirectory()).contains(Path.of("/copies"));
      assertThat(options.launchesAtOnce()).hasValue(3);
      assertThat(options.launchTimeout()).contains(Duration.ofSeconds(4));
      assertThat(options.preparedNetworks()).isEqualTo(5);
      assertThat(options.preparedCgroups()).isEqualTo(6);
      assertThat(options.leakDetection()).isFalse();
      assertThat(options.closesAtExit()).isFalse();
      assertThat(options.cgroupParent()).contains("/containers");
      assertThat(options.cgroupDelegation()).isTrue();
    }
    assertThat(RuntimeOptions.defaults().ids()).isEmpty();
    assertThat(RuntimeOptions.defaults().stateDirectory()).isEmpty();
    assertThat(RuntimeOptions.defaults().launchesAtOnce()).isEmpty();
    assertThat(RuntimeOptions.defaults().launchTimeout()).isEmpty();
    assertThat(RuntimeOptions.defaults().leakDetection()).isTrue();
    assertThat(RuntimeOptions.defaults().closesAtExit()).isTrue();
    assertThat(RuntimeOptions.defaults().cgroupParent()).isEmpty();
    assertThat(RuntimeOptions.defaults().cgroupDelegation()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/../b", "/a//b", "a/", "/./a", "//", "a\nb", "a\0b"})
  void a_cgroup_parent_is_a_plain_path(String path) {
    assertThatThrownBy(() -> RuntimeOptions.defaults().withCgroupParent(path))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("cgroupParent"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/a", "a", "a/b.slice", "/system.slice/x"})
  void a_cgroup_parent_is_absolute_or_below_the_jvms(String path) {
    assertThat(RuntimeOptions.defaults().withCgroupParent(path).cgroupParent()).contains(path);
  }

  @Test
  void limits_of_images_are_the_usual_ones_unless_they_are_set() {
    ImageLimits own = new ImageLimits(1, ByteSize.ofMebibytes(1), 10, 100);

    assertThat(RuntimeOptions.defaults().imageLimits()).isEqualTo(ImageLimits.defaults());
    assertThat(RuntimeOptions.defaults().withImageLimits(own).withPreparedRoots(0).imageLimits())
        .isEqualTo(own);
  }

  @Test
  void images_lie_in_a_directory_of_an_absolute_path() {
    Path directory = Path.of("/srv/images");

    assertThat(RuntimeOptions.defaults().imageDirectory()).isEmpty();
    assertThat(
            RuntimeOptions.defaults()
                .withImageDirectory(directory)
                .withPreparedRoots(0)
                .imageDirectory())
        .contains(directory);
    assertThatThrownBy(() -> RuntimeOptions.defaults().withImageDirectory(Path.of("images")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage("imageDirectory: images is not an absolute path");
  }
}
