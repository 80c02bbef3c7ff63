package io.jcontainer.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.process.Command;
import io.jcontainer.linux.run.ContainerPlansTest;
import io.jcontainer.linux.run.ContainerPlansTest.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProgramTest {
  private static final String OTHER = "fedcba987654";
  private static final String SAMPLES = "io.jcontainer.linux.run.ContainerPlansTest#samples";

  private static Program program(Plan plan) {
    return Program.of(plan, Arch.X86_64, ContainerPlansTest.ID);
  }

  @ParameterizedTest
  @MethodSource(SAMPLES)
  void a_program_for_another_name_is_the_one_that_its_own_plan_makes(Sample sample) {
    Program renamed = program(sample.plan()).named(OTHER);

    assertThat(renamed.image()).isEqualTo(ImageWriter.write(sample.planFor(OTHER), Arch.X86_64));
  }

  @ParameterizedTest
  @MethodSource(SAMPLES)
  void its_steps_are_described_with_that_name(Sample sample) {
    Program renamed = program(sample.plan()).named(OTHER);
    Plan own = sample.planFor(OTHER);

    for (int i = 0; i < own.steps().size(); i++) {
      LaunchPlan.Step expected = own.describe(i);
      assertThat(renamed.describe(i)).isEqualTo(expected);
    }
  }

  @Test
  void a_program_stays_as_it_is_when_another_is_made_from_it() {
    Plan plan = ContainerPlansTest.samples().get(0).plan();
    Program program = program(plan);
    byte[] before = program.image().clone();

    Program second = program.named(OTHER).named("000000000000");

    assertThat(program.image()).isEqualTo(before);
    assertThat(second.image()).isEqualTo(program.named("000000000000").image());
  }

  @Test
  void a_plan_without_a_name_is_the_same_for_all() {
    Program program = program(new Steps().add(Calls.setsid(), "").toPlan());

    assertThat(program.named(OTHER).image()).isEqualTo(program.image());
  }

  @Test
  void a_command_larger_than_any_kernel_takes_is_refused() {
    Plan plan = new Steps().add(Calls.chdir("x".repeat(ImageWriter.CAPACITY)), "").toPlan();

    assertThatThrownBy(() -> program(plan))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("command"))
        .hasMessageContaining("E2BIG");
  }

  @Test
  void more_directories_in_path_than_the_launcher_has_room_for_are_refused() {
    String path = "/bin:".repeat(ImageWriter.MAX_SLOTS + 1);
    ContainerSpec spec = ContainerSpec.builder().command("sh").env("PATH", path).build();
    Steps steps = new Steps();
    Command.execute(ContainerPlansTest.request(spec).process(), null, steps);

    assertThatThrownBy(() -> program(steps.toPlan()))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("PATH");
  }
}
