package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.IdMapping;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Owners as a container sees them. */
class ViewerTest {
  private static final IdMapping IDS = IdMapping.range(100_000, 65_536);
  private static final Viewer OF_ROOT = new Viewer(new UserPlacement(Order.LAST, IDS, false), true);

  @Test
  void in_the_write_layer_root_finds_the_hosts_ids() {
    assertThat(OF_ROOT.uid(100_000, true)).isZero();
    assertThat(OF_ROOT.gid(165_535, true)).isEqualTo(65_535);
    assertThat(OF_ROOT.uid(165_536, true)).isEqualTo(65_534);
    assertThat(OF_ROOT.uid(0, true)).isEqualTo(65_534);
  }

  @Test
  void in_layers_that_are_mounted_with_its_ids_the_containers_own() {
    assertThat(OF_ROOT.uid(7, false)).isEqualTo(7);
    assertThat(OF_ROOT.uid(70_000, false)).isEqualTo(65_534);
  }

  @Test
  void in_others_what_is_not_its_own_is_nobodys() {
    Viewer viewer = new Viewer(new UserPlacement(Order.LAST, IDS, false), false);

    assertThat(viewer.uid(0, false)).isEqualTo(65_534);
    assertThat(viewer.gid(100_007, false)).isEqualTo(7);
  }

  @Test
  void an_agent_in_the_user_namespace_finds_what_the_container_does() {
    Viewer viewer = new Viewer(new UserPlacement(Order.FIRST, IDS, false), false);

    assertThat(viewer.uid(0, true)).isZero();
    assertThat(viewer.uid(65_534, false)).isEqualTo(65_534);
  }

  private static byte[] capabilities(int revision, int root) {
    return ByteBuffer.allocate(24)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt((revision << 24) | 1)
        .putInt(0x400)
        .putInt(0)
        .putInt(0)
        .putInt(0)
        .putInt(root)
        .array();
  }

  @Test
  void capabilities_that_the_containers_root_gave_lose_the_hosts_id_of_it() {
    ByteBuffer seen =
        ByteBuffer.wrap(OF_ROOT.capabilities(capabilities(3, 100_000)))
            .order(ByteOrder.LITTLE_ENDIAN);

    assertThat(seen.capacity()).isEqualTo(20);
    assertThat(seen.getInt(0)).isEqualTo((2 << 24) | 1);
    assertThat(seen.getInt(4)).isEqualTo(0x400);
    byte[] others = capabilities(3, 7);
    assertThat(OF_ROOT.capabilities(others)).isEqualTo(others);
  }
}
