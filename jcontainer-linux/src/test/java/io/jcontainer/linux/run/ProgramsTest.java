package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.process.Words;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.FakeKernel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgramsTest {
  private static final LaunchRequest REQUEST = ContainerPlansTest.request(ContainerSpec.of("true"));

  private final FakeKernel kernel = new FakeKernel();
  private final Programs<ContainerSpec> programs =
      new Programs<>(
          new Launcher(
              kernel,
              LauncherBinary.install(kernel, Arch.X86_64, StateDirectory.usual(1000, Map.of())),
              Arch.X86_64));

  private Program of(LaunchRequest request) {
    return programs.of(
        request.spec(),
        List.of(request.user(), request.idmapLayers(), request.joined(), request.prepared()),
        () -> Templates.shape(request),
        () -> Words.of(request.process(), null),
        () -> ContainerSteps.of(request));
  }

  private static LaunchRequest changed(
      UserPlacement user, boolean idmapLayers, Map<Kind, Integer> joined) {
    return new LaunchRequest(
        REQUEST.spec(), REQUEST.id(), REQUEST.host(), user, idmapLayers, joined, Map.of());
  }

  @Test
  void a_program_is_written_once_for_the_same_spec_in_the_same_circumstances() {
    Program first = of(REQUEST);

    assertThat(of(REQUEST)).isSameAs(first);
    assertThat(of(changed(REQUEST.user(), REQUEST.idmapLayers(), Map.of()))).isSameAs(first);
  }

  @Test
  void another_user_namespace_other_layers_and_other_descriptors_make_another_program() {
    Program first = of(REQUEST);
    UserPlacement other = new UserPlacement(Order.LAST, IdMapping.range(200_000, 10), false);

    assertThat(of(changed(other, REQUEST.idmapLayers(), Map.of()))).isNotSameAs(first);
    assertThat(of(changed(REQUEST.user(), !REQUEST.idmapLayers(), Map.of()))).isNotSameAs(first);
    assertThat(of(changed(REQUEST.user(), REQUEST.idmapLayers(), Map.of(Kind.NETWORK, 5))))
        .isNotSameAs(first);
  }

  @Test
  void four_circumstances_in_turns_have_a_program_each_and_a_fifth_displaces_the_oldest() {
    LaunchRequest prepared = REQUEST.with(Map.of(Kind.NETWORK, 5, Kind.MOUNT, 6));
    Program without = of(REQUEST);
    Program network = of(REQUEST.with(Map.of(Kind.NETWORK, 5)));
    Program root = of(REQUEST.with(Map.of(Kind.MOUNT, 5)));
    Program both = of(prepared);

    assertThat(of(REQUEST)).isSameAs(without);
    assertThat(of(REQUEST.with(Map.of(Kind.NETWORK, 5)))).isSameAs(network);
    assertThat(of(REQUEST.with(Map.of(Kind.MOUNT, 5)))).isSameAs(root);
    assertThat(of(prepared)).isSameAs(both);

    of(REQUEST.with(Map.of(Kind.NETWORK, 6)));
    assertThat(of(prepared)).isSameAs(both);
    assertThat(of(REQUEST)).isNotSameAs(without);
  }

  @Test
  void another_spec_has_another_program() {
    Program first = of(REQUEST);

    assertThat(of(ContainerPlansTest.request(ContainerSpec.of("false")))).isNotSameAs(first);
    assertThat(of(REQUEST)).isSameAs(first);
  }
}
