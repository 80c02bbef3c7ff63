package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.IdMapping;
import io.jcontainer.linux.copy.Owners.Owner;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.FileStat;
import org.junit.jupiter.api.Test;

class OwnersTest {
  private static final IdMapping IDS = IdMapping.range(100_000, 1_000);

  private static Owners owners(Order order) {
    return new Owners(new UserPlacement(order, IDS, false));
  }

  @Test
  void for_root_the_ids_of_a_layer_are_those_inside() {
    assertThat(owners(Order.LAST).of(33, 34)).isEqualTo(new Owner(100_033, 100_034, true));
    assertThat(owners(Order.LAST).root()).isEqualTo(new Owner(100_000, 100_000, true));
  }

  @Test
  void for_root_an_id_that_the_container_has_not_becomes_its_roots() {
    assertThat(owners(Order.LAST).of(1_000, 5)).isEqualTo(new Owner(100_000, 100_005, false));
    assertThat(owners(Order.LAST).of(5, 1_000)).isEqualTo(new Owner(100_005, 100_000, false));
  }

  @Test
  void inside_ids_stay_but_nobodys_become_roots() {
    assertThat(owners(Order.FIRST).of(33, 34)).isEqualTo(new Owner(33, 34, true));
    assertThat(owners(Order.FIRST).of(65_534, 34)).isEqualTo(new Owner(0, 34, false));
    assertThat(owners(Order.FIRST).root()).isEqualTo(new Owner(0, 0, true));
  }

  @Test
  void without_a_user_namespace_all_ids_stay() {
    assertThat(new Owners(UserPlacement.none()).of(65_534, 70_000))
        .isEqualTo(new Owner(65_534, 70_000, true));
  }

  @Test
  void set_user_id_is_for_the_same_owner_only() {
    FileStat stat = new FileStat(0106755, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0);

    assertThat(stat.permissions(true)).isEqualTo(06755);
    assertThat(stat.permissions(false)).isEqualTo(0755);
  }
}
