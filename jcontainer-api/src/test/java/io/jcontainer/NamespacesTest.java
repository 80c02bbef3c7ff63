package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamespacesTest {
  private static final List<Function<Namespaces, Namespace>> KINDS =
      List.of(
          Namespaces::pid,
          Namespaces::network,
          Namespaces::uts,
          Namespaces::mount,
          Namespaces::ipc,
          Namespaces::user,
          Namespaces::cgroup,
          Namespaces::time);
  private static final IdMapping IDS = IdMapping.range(100_000, 1);
  private static final ClockOffsets OFFSETS = ClockOffsets.of(Duration.ofDays(1));

  private static List<Namespace> choices(Namespaces namespaces) {
    return KINDS.stream().map(kind -> kind.apply(namespaces)).toList();
  }

  private static void refused(String field, ThrowingCallable build) {
    assertThatThrownBy(build)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field));
  }

  @Test
  void all_are_own_by_default_but_the_clocks() {
    Namespace own = Namespace.own();
    Namespaces namespaces = Namespaces.builder().build();

    assertThat(choices(namespaces))
        .containsExactly(own, own, own, own, own, own, own, Namespace.host());
    assertThat(namespaces.ids()).isEmpty();
    assertThat(namespaces.clockOffsets()).isEmpty();
  }

  @Test
  void each_is_chosen_by_itself_and_kept_by_to_builder() {
    Namespaces namespaces =
        Namespaces.builder()
            .pid(Namespace.ofProcess(1))
            .network(Namespace.ofProcess(2))
            .uts(Namespace.ofProcess(3))
            .mount(Namespace.ofProcess(4))
            .ipc(Namespace.ofProcess(5))
            .user(Namespace.ofProcess(6))
            .cgroup(Namespace.ofProcess(7))
            .time(Namespace.ofProcess(8))
            .build();

    List<Namespace> expected =
        List.of(
            Namespace.ofProcess(1),
            Namespace.ofProcess(2),
            Namespace.ofProcess(3),
            Namespace.ofProcess(4),
            Namespace.ofProcess(5),
            Namespace.ofProcess(6),
            Namespace.ofProcess(7),
            Namespace.ofProcess(8));
    assertThat(choices(namespaces)).isEqualTo(expected);
    assertThat(choices(namespaces.toBuilder().build())).isEqualTo(expected);
  }

  @Test
  void ids_and_offsets_are_kept_by_to_builder() {
    Namespaces namespaces = Namespaces.builder().ids(IDS).clockOffsets(OFFSETS).build();

    Namespaces copy = namespaces.toBuilder().build();

    assertThat(copy.ids()).contains(IDS);
    assertThat(copy.clockOffsets()).contains(OFFSETS);
  }

  @Test
  void isolate_all_takes_every_choice_back() {
    Namespaces namespaces =
        Namespaces.builder()
            .pid(Namespace.host())
            .network(Namespace.host())
            .uts(Namespace.host())
            .mount(Namespace.host())
            .ipc(Namespace.host())
            .cgroup(Namespace.host())
            .ids(IDS)
            .clockOffsets(OFFSETS)
            .isolateAll()
            .build();

    assertThat(choices(namespaces)).isEqualTo(choices(Namespaces.builder().build()));
    assertThat(namespaces.ids()).isEmpty();
    assertThat(namespaces.clockOffsets()).isEmpty();
  }

  @Test
  void ids_ask_for_an_own_user_namespace_and_offsets_for_an_own_time_namespace() {
    Namespaces namespaces =
        Namespaces.builder()
            .user(Namespace.host())
            .ids(IDS)
            .time(Namespace.host())
            .clockOffsets(OFFSETS)
            .build();

    assertThat(namespaces.user()).isEqualTo(Namespace.own());
    assertThat(namespaces.time()).isEqualTo(Namespace.own());
  }

  @Test
  void a_namespace_of_others_cannot_be_given_ids_or_offsets() {
    refused("ids", () -> Namespaces.builder().ids(IDS).user(Namespace.host()).build());
    refused("ids", () -> Namespaces.builder().ids(IDS).user(Namespace.ofProcess(1)).build());
    refused(
        "clockOffsets",
        () -> Namespaces.builder().clockOffsets(OFFSETS).time(Namespace.host()).build());
    refused(
        "clockOffsets",
        () -> Namespaces.builder().clockOffsets(OFFSETS).time(Namespace.ofProcess(1)).build());
  }

  @Test
  void the_hosts_mounts_need_the_hosts_processes_which_their_proc_shows() {
    Namespaces.Builder builder = Namespaces.builder().mount(Namespace.host());

    refused("namespaces", builder::build);
    refused("namespaces", () -> builder.pid(Namespace.ofProcess(1)).build());
    assertThat(builder.pid(Namespace.host()).build().mount()).isEqualTo(Namespace.host());
  }

  @Test
  void an_own_file_system_may_show_the_hosts_processes() {
    assertThat(Namespaces.builder().pid(Namespace.host()).build().pid())
        .isEqualTo(Namespace.host());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE, 0x8000_0000L, 0x1_0000_0001L})
  void a_process_has_a_number_from_1_to_2_31_minus_1(long pid) {
    refused("namespaces", () -> Namespace.ofProcess(pid));
    assertThat(Namespace.ofProcess(Integer.MAX_VALUE)).isNotNull();
  }

  @Test
  void a_file_of_nsfs_is_named_by_an_absolute_path() {
    refused("namespaces", () -> Namespace.ofPath(Path.of("netns/blue")));
    assertThat(Namespace.ofPath(Path.of("/run/netns/blue")))
        .isEqualTo(new Namespace.OfPath(Path.of("/run/netns/blue")));
  }

  @Test
  void one_offset_moves_both_clocks() {
    assertThat(OFFSETS).isEqualTo(new ClockOffsets(Duration.ofDays(1), Duration.ofDays(1)));
  }
}
