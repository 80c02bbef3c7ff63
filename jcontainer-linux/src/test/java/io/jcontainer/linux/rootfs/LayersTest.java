package io.jcontainer.linux.rootfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.run.ContainerPlansTest;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LayersTest {
  /** What mount(2) copies of its data, beside a NUL: what is longer, it cuts off. */
  private static final int PAGE = 4095;

  private static LayeredRootfs layers(int count) {
    List<Path> layers =
        IntStream.range(0, count)
            .mapToObj(
                i -> Path.of("/var/lib/jcontainer/layers", "0123456789abcdef".repeat(4), "" + i))
            .toList();
    return LayeredRootfs.layers(layers);
  }

  private static List<LaunchRequest> requests() {
    return ContainerPlansTest.samples().stream()
        .filter(sample -> sample.name().matches("(user|root)_directory.*|user_kept.*|root_kept.*"))
        .map(ContainerPlansTest.Sample::request)
        .toList();
  }

  @Test
  void as_many_layers_as_an_overlay_can_have_fit_into_the_page_that_mount_copies() {
    LayeredRootfs most = layers(499).writableIn(Path.of("/kept"));
    assertThat(requests()).isNotEmpty();
    for (LaunchRequest request : requests()) {
      Steps steps = new Steps();
      new Layers(request, most).assemble(steps);

      String data =
          steps.toPlan().steps().stream()
              .filter(Step.Call.class::isInstance)
              .map(Step.Call.class::cast)
              .filter(call -> call.args().contains(Arg.of("overlay")))
              .map(call -> ((Arg.Text) call.args().get(4)).value())
              .findFirst()
              .orElseThrow();
      assertThat(data).startsWith("lowerdir=mountpoints:low498:").contains(":low1:low0,");
      assertThat(data.length()).isLessThanOrEqualTo(PAGE);
    }
    assertThat(Layers.tooMany(most)).isEmpty();
  }

  @Test
  void more_are_refused_and_the_cure_is_named() {
    LaunchRequest request = requests().get(0);

    assertThatThrownBy(() -> new Layers(request, layers(500)))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage(
            "rootfs: 500 layers, and an overlay has at most 499; withFallback() copies them");
  }
}
