package io.jcontainer.linux.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.IdMapping;
import io.jcontainer.linux.request.UserPlacement.Order;
import org.junit.jupiter.api.Test;

class RootAttributesTest {
  private static final UserPlacement TWO_IDS =
      new UserPlacement(Order.LAST, IdMapping.range(200_000, 2), false);

  @Test
  void what_a_container_has_ids_for_stays() {
    RootAttributes root = new RootAttributes(07775, 0, 1);

    assertThat(root.in(TWO_IDS)).isEqualTo(root);
    assertThat(new RootAttributes(0700, 4_000_000_000L, 5).in(UserPlacement.none()))
        .isEqualTo(new RootAttributes(0700, 4_000_000_000L, 5));
  }

  /** A set-group-id bit would give the group of the container's root away. */
  @Test
  void what_it_has_no_ids_for_becomes_its_roots_without_set_id_bits() {
    assertThat(new RootAttributes(07775, 2, 1).in(TWO_IDS))
        .isEqualTo(new RootAttributes(01775, 0, 1));
    assertThat(new RootAttributes(02775, 1, 200_000).in(TWO_IDS))
        .isEqualTo(new RootAttributes(0775, 1, 0));
    assertThat(new RootAttributes(0555, 1000, 1000).in(TWO_IDS))
        .isEqualTo(new RootAttributes(0555, 0, 0));
  }

  @Test
  void ids_are_named_as_who_puts_the_root_together_sees_them() {
    assertThat(TWO_IDS.userForMount(1)).isEqualTo(200_001);
    assertThat(TWO_IDS.groupForMount(0)).isEqualTo(200_000);
    UserPlacement inside = new UserPlacement(Order.FIRST, IdMapping.range(200_000, 2), false);
    assertThat(inside.userForMount(1)).isEqualTo(1);
    assertThat(UserPlacement.none().userForMount(70_000)).isEqualTo(70_000);
  }
}
