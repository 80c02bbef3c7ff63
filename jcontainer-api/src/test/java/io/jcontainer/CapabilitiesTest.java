package io.jcontainer;

import static io.jcontainer.Capability.CHOWN;
import static io.jcontainer.Capability.NET_ADMIN;
import static io.jcontainer.Capability.NET_RAW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CapabilitiesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"NET_ADMIN", "net_admin", "CAP_NET_ADMIN", "cap_net_admin", "Cap_Net_Admin"})
  void a_capability_is_spelled_as_docker_or_the_kernel_spells_it(String text) {
    assertThat(Capability.parse(text)).containsExactly(NET_ADMIN);
  }

  @Test
  void all_are_all_41() {
    assertThat(Capability.parse("ALL")).isEqualTo(Capability.parse("all")).hasSize(41);
    assertThat(Capabilities.all().granted()).hasSize(41);
    assertThat(Capabilities.all().ambient()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "CAP_", "CAP_ALL", "CAP_CAP_CHOWN", "CHOWN ", "NET-ADMIN", "21", "chown\n"})
  void what_is_no_capability_is_refused(String text) {
    assertThatThrownBy(() -> Capability.parse(text))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("capabilities"));
  }

  @Test
  void sets_grow_and_shrink() {
    Capabilities more = Capabilities.defaults().with(NET_ADMIN);
    assertThat(more.granted()).hasSize(15).contains(NET_ADMIN);
    assertThat(more.without(NET_ADMIN)).isEqualTo(Capabilities.defaults());
    assertThat(Capabilities.none().with(CHOWN, NET_RAW).granted()).containsExactly(CHOWN, NET_RAW);
  }

  @Test
  void what_is_ambient_is_granted_too() {
    Capabilities ambient = Capabilities.none().ambient(NET_RAW);
    assertThat(ambient).isEqualTo(new Capabilities(Set.of(NET_RAW), Set.of(NET_RAW)));
    assertThat(ambient.without(NET_RAW)).isEqualTo(Capabilities.none());
    assertThatThrownBy(() -> new Capabilities(Set.of(CHOWN), Set.of(NET_RAW)))
        .isInstanceOf(InvalidSpecException.class);
  }

  @Test
  void a_set_cannot_be_changed_from_outside() {
    assertThatThrownBy(() -> Capabilities.defaults().granted().add(NET_ADMIN))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
