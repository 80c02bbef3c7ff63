package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContainerSpecTest {
  @Test
  void the_defaults_isolate_everything_and_inherit_nothing() {
    ContainerSpec spec = ContainerSpec.of("sh", "-c", "true");

    assertThat(spec.command()).containsExactly("sh", "-c", "true");
    assertThat(spec.env()).isEmpty();
    assertThat(spec.cwd()).isEqualTo("/");
    assertThat(spec.rootfs().orElseThrow().isHost()).isTrue();
    assertThat(spec.rootfs().orElseThrow().writeLayer()).isEmpty();
    assertThat(spec.namespaces().user()).isEqualTo(Namespace.own());
    assertThat(spec.hostname()).isEmpty();
    assertThat(spec.domainname()).isEmpty();
    assertThat(List.of(spec.stdin(), spec.stdout(), spec.stderr())).containsOnly(Stdio.PIPE);
    assertThat(spec.timeout()).isEmpty();
  }

  @Test
  void variables_keep_their_order_and_the_last_value_counts() {
    Map<String, String> more = new LinkedHashMap<>();
    more.put("A", "3");
    more.put("B", "4");

    ContainerSpec spec =
        ContainerSpec.builder().command("true").env("Z", "1").env("A", "2").env(more).build();

    assertThat(spec.env()).containsExactly(entry("Z", "1"), entry("A", "3"), entry("B", "4"));
  }

  @Test
  void a_spec_does_not_change_with_what_it_was_made_from() {
    List<String> words = new ArrayList<>(List.of("true"));
    Map<String, String> variables = new LinkedHashMap<>(Map.of("A", "1"));
    ContainerSpec.Builder builder = ContainerSpec.builder().command(words).env(variables);
    ContainerSpec spec = builder.build();

    words.add("x");
    variables.put("B", "2");
    builder.command("false").env("C", "3").cwd("/tmp").hostname("other");

    assertThat(spec.command()).containsExactly("true");
    assertThat(spec.env()).containsOnly(entry("A", "1"));
    assertThat(spec.cwd()).isEqualTo("/");
    assertThat(spec.hostname()).isEmpty();
  }

  @Test
  void nobody_can_change_what_a_spec_holds() {
    ContainerSpec spec = ContainerSpec.builder().command("true").env("A", "1").build();

    assertThatThrownBy(() -> spec.env().put("B", "2"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> spec.command().add("x"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void to_builder_keeps_every_option() {
    Namespaces namespaces = Namespaces.builder().network(Namespace.host()).build();
    LayeredRootfs rootfs = LayeredRootfs.directory(Path.of("/srv/root"));
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("a", "b")
            .env("A", "1")
            .cwd("/work")
            .rootfs(rootfs)
            .namespaces(namespaces)
            .hostname("box")
            .domainname("nis")
            .stdin(Stdio.NULL)
            .stdout(Stdio.INHERIT)
            .stderr(Stdio.NULL)
            .timeout(Duration.ofSeconds(5))
            .build();

    ContainerSpec copy = spec.toBuilder().build();

    assertThat(copy).usingRecursiveComparison().isEqualTo(spec);
    assertThat(copy.command()).containsExactly("a", "b");
    assertThat(copy.env()).containsOnly(entry("A", "1"));
    assertThat(copy.cwd()).isEqualTo("/work");
    assertThat(copy.rootfs()).contains(rootfs);
    assertThat(copy.namespaces()).isSameAs(namespaces);
    assertThat(copy.hostname()).contains("box");
    assertThat(copy.domainname()).contains("nis");
    assertThat(copy.stdin()).isEqualTo(Stdio.NULL);
    assertThat(copy.stdout()).isEqualTo(Stdio.INHERIT);
    assertThat(copy.stderr()).isEqualTo(Stdio.NULL);
    assertThat(copy.timeout()).contains(Duration.ofSeconds(5));
  }

  @Test
  void choices_of_namespaces_add_up() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("true")
            .namespaces(ns -> ns.network(Namespace.host()))
            .namespaces(ns -> ns.ipc(Namespace.host()))
            .build();

    assertThat(spec.namespaces().network()).isEqualTo(Namespace.host());
    assertThat(spec.namespaces().ipc()).isEqualTo(Namespace.host());
  }

  @Test
  void there_is_no_root_file_system_without_an_own_mount_namespace() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("true")
            .namespaces(ns -> ns.pid(Namespace.host()).mount(Namespace.host()))
            .build();

    assertThat(spec.rootfs()).isEmpty();
  }

  @Test
  void the_default_root_file_system_gives_way_when_a_spec_is_changed() {
    ContainerSpec spec =
        ContainerSpec.of("true").toBuilder()
            .namespaces(ns -> ns.pid(Namespace.host()).mount(Namespace.host()))
            .build();

    assertThat(spec.rootfs()).isEmpty();
  }
}
