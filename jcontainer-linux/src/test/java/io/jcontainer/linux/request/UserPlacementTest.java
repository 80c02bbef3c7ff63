package io.jcontainer.linux.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.IdMapping.Range;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Namespace;
import io.jcontainer.Namespaces;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.run.ContainerPlansTest;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UserPlacementTest {
  private static final IdMapping IDS =
      new IdMapping(
          List.of(new Range(1, 100_001, 10), new Range(0, 1000, 1)),
          List.of(new Range(0, 2000, 3), new Range(5, 3000, 1)));

  @Test
  void the_hosts_ids_of_root_inside_are_found_in_any_range() {
    UserPlacement user = new UserPlacement(Order.LAST, IDS, false);

    assertThat(user.rootUid()).isEqualTo(1000);
    assertThat(user.rootGid()).isEqualTo(2000);
  }

  @Test
  void ids_without_root_are_refused() {
    List<Range> none = List.of(new Range(1, 1000, 1));
    UserPlacement user = new UserPlacement(Order.LAST, new IdMapping(none, none), false);

    assertThatThrownBy(user::rootUid)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("ids"));
  }

  @Test
  void a_group_is_mapped_if_it_lies_in_a_range() {
    UserPlacement user = new UserPlacement(Order.FIRST, IDS, false);

    assertThat(List.of(0L, 1L, 2L, 5L)).allMatch(user::mapsGroup);
    assertThat(List.of(3L, 4L, 6L, -1L)).noneMatch(user::mapsGroup);
  }

  @Test
  void mount_options_name_groups_as_the_mounter_sees_them() {
    IdMapping ids = IdMapping.range(100_000, 65_536);

    assertThat(new UserPlacement(Order.FIRST, ids, false).groupForMount(5)).isEqualTo(5);
    assertThat(new UserPlacement(Order.LAST, ids, false).groupForMount(5)).isEqualTo(100_005);
    assertThat(UserPlacement.none().groupForMount(5)).isEqualTo(5);
  }

  /** The ids need not be one range. */
  @Test
  void a_group_beyond_a_gap_is_named_by_the_range_that_it_lies_in() {
    assertThat(new UserPlacement(Order.LAST, IDS, false).groupForMount(5)).isEqualTo(3000);
  }

  @Test
  void in_the_hosts_user_namespace_all_ids_stand_for_themselves() {
    assertThat(UserPlacement.none().rootUid()).isZero();
    assertThat(UserPlacement.none().mapsGroup(4_294_967_294L)).isTrue();
    assertThat(UserPlacement.none().groupsDenied()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void each_kind_of_namespace_is_chosen_by_its_own_option(Kind kind) {
    BiFunction<Namespaces.Builder, Namespace, Namespaces.Builder> option =
        switch (kind) {
          case USER -> Namespaces.Builder::user;
          case NETWORK -> Namespaces.Builder::network;
          case UTS -> Namespaces.Builder::uts;
          case IPC -> Namespaces.Builder::ipc;
          case CGROUP -> Namespaces.Builder::cgroup;
          case TIME -> Namespaces.Builder::time;
          case PID -> Namespaces.Builder::pid;
          case MOUNT -> Namespaces.Builder::mount;
        };
    Namespace other = Namespace.ofProcess(42);

    Namespaces changed = option.apply(Namespaces.builder(), other).build();

    assertThat(kind.of(changed)).isEqualTo(other);
    assertThat(kind.isOwn(changed) || kind.isHost(changed)).isFalse();
    assertThat(kind.isOwn(Namespaces.builder().build())).isEqualTo(kind != Kind.TIME);
    assertThat(kind.isHost(Namespaces.builder().build())).isEqualTo(kind == Kind.TIME);
  }

  @Test
  void kinds_have_the_names_and_flags_of_namespaces_7() {
    assertThat(Kind.MOUNT.file()).isEqualTo("mnt");
    assertThat(Kind.MOUNT.flag()).isEqualTo(Clone.CLONE_NEWNS);
    assertThat(Kind.values())
        .filteredOn(kind -> kind != Kind.MOUNT)
        .allSatisfy(
            kind ->
                assertThat(kind.flag().name())
                    .isEqualTo("CLONE_NEW" + kind.file().toUpperCase(Locale.ROOT)));
  }

  @Test
  void a_root_is_joined_last_for_it_takes_proc_away() {
    assertThat(Kind.values()).endsWith(Kind.MOUNT).startsWith(Kind.USER);
  }

  @Test
  void a_request_knows_what_is_own_and_what_is_shared() {
    LaunchRequest request =
        ContainerPlansTest.request(
            ContainerSpec.builder()
                .command("true")
                .namespaces(ns -> ns.ipc(Namespace.host()).uts(Namespace.ofProcess(1)))
                .build());

    assertThat(request.own(Kind.PID)).isTrue();
    assertThat(request.shared(Kind.PID)).isFalse();
    assertThat(request.own(Kind.IPC)).isFalse();
    assertThat(request.shared(Kind.IPC)).isTrue();
    assertThat(request.own(Kind.UTS)).isFalse();
    assertThat(request.shared(Kind.UTS)).isFalse();
    assertThat(request.entersUser(Order.LAST)).isTrue();
    assertThat(request.entersUser(Order.FIRST)).isFalse();
    assertThat(request.host().isRoot()).isTrue();
  }
}
