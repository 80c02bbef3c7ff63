package io.jcontainer.linux.rootfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.LaunchPlan;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.run.ContainerPlansTest;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlayServerTest {

  private static List<String> calls(LaunchRequest request) {
    Steps steps = new Steps();
    OverlayServer.mount(request, request.spec().rootfs().orElseThrow(), steps);
    return steps.toPlan().describe().stream().map(LaunchPlan.Step::call).toList();
  }

  /** The server reads owners as the container has them, and is told what they stand for. */
  @ParameterizedTest
  @CsvSource({"root_layers_served, upper", "user_layers_served_read_only, mountpoints"})
  void the_root_that_it_serves_is_as_the_image_says(String sample, String directory) {
    LaunchRequest request =
        ContainerPlansTest.samples().stream()
            .filter(each -> each.name().equals(sample))
            .findFirst()
            .orElseThrow()
            .request();

    List<String> calls = calls(request.with(new RootAttributes(02775, 5, 6)));

    assertThat(calls)
        .containsSubsequence(
            "mkdirat(AT_FDCWD, \"mountpoints/proc\", 0755)",
            "fchownat(AT_FDCWD, \"%s\", 5, 6, 0)".formatted(directory),
            "fchmodat(AT_FDCWD, \"%s\", 02775)".formatted(directory));
    assertThat(calls(request)).noneMatch(call -> call.matches("fch(own|mod)at.*"));
  }
}
