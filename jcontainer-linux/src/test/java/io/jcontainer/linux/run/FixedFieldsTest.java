package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jcontainer.Capabilities;
import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Rlimit;
import io.jcontainer.Rlimit.Resource;
import io.jcontainer.Scheduling;
import io.jcontainer.Stdio;
import io.jcontainer.Terminal;
import io.jcontainer.linux.request.HostFacts;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FixedFieldsTest {
  private static final ContainerSpec SPEC = ContainerSpec.of("true");
  private static final HostFacts HOST = ContainerPlansTest.request(SPEC).host();

  private static HostFacts host(int uid) {
    return new HostFacts(
        HOST.arch(),
        uid,
        HOST.gid(),
        HOST.scratch(),
        HOST.lastCapability(),
        HOST.kernelFiles(),
        HOST.root(),
        Map.of(Resource.NOFILE, 1000L));
  }

  private static void check(ContainerSpec parked, int uid, Consumer<ProcessSpec.Builder> change) {
    FixedFields.check(parked, parked.toBuilder().process(change).build(), host(uid));
  }

  private static String refused(ContainerSpec parked, Consumer<ProcessSpec.Builder> change) {
    return catchThrowableOfType(InvalidSpecException.class, () -> check(parked, 0, change)).field();
  }

  @Test
  void what_was_done_when_it_was_parked_is_named() {
    assertThat(refused(SPEC, p -> p.user("7"))).isEqualTo("user");
    assertThat(refused(SPEC, p -> p.groups("7"))).isEqualTo("groups");
    assertThat(refused(SPEC, p -> p.capabilities(Capabilities.none()))).isEqualTo("capabilities");
    assertThat(refused(SPEC, p -> p.oomScoreAdj(7))).isEqualTo("oomScoreAdj");
    assertThat(refused(SPEC, p -> p.nice(7))).isEqualTo("nice");
    assertThat(refused(SPEC, p -> p.scheduling(Scheduling.idle()))).isEqualTo("scheduling");
    assertThat(refused(SPEC, p -> p.terminal(Terminal.DEFAULT))).isEqualTo("terminal");
  }

  @Test
  void limits_can_be_others_but_not_where_there_are_none() {
    ContainerSpec limited = SPEC.toBuilder().limits(CgroupLimits.none()).build();
    ContainerSpec more = SPEC.toBuilder().limits(limits -> limits.pids(7)).build();

    assertThatCode(() -> FixedFields.check(limited, more, host(0))).doesNotThrowAnyException();
    InvalidSpecException refused =
        catchThrowableOfType(
            InvalidSpecException.class, () -> FixedFields.check(SPEC, more, host(0)));
    assertThat(refused.field()).isEqualTo("limits");
    assertThat(refused).hasMessageContaining("CgroupLimits.none()");
  }

  @Test
  void what_is_done_last_can_be_changed_and_the_rest_can_be_said_again() {
    ContainerSpec parked =
        SPEC.toBuilder().process(p -> p.user("7").groups("8").nice(9).oomScoreAdj(10)).build();
    assertThatCode(
            () ->
                check(
                    parked,
                    0,
                    p ->
                        p.command("other")
                            .env("A", "b")
                            .cwd("/tmp")
                            .stdin(Stdio.NULL)
                            .stdout(Stdio.lines(line -> {}))
                            .stderr(Stdio.STDOUT)
                            .descriptor(5, Stdio.NULL)
                            .umask(0)
                            .timeout(Duration.ofSeconds(1))
                            .rlimit(Rlimit.of(Resource.NOFILE, 1000))
                            .user("7")
                            .nice(9)))
        .doesNotThrowAnyException();
  }

  @Test
  void the_size_of_a_terminal_can_be_changed() {
    ContainerSpec parked = SPEC.toBuilder().terminal(Terminal.DEFAULT).build();
    assertThatCode(() -> check(parked, 0, p -> p.terminal(new Terminal(1, 2))))
        .doesNotThrowAnyException();
  }

  @Test
  void a_limit_above_the_jvms_is_fixed_unless_it_was_made_room_for() {
    Consumer<ProcessSpec.Builder> above = p -> p.rlimit(Rlimit.of(Resource.NOFILE, 1001));
    ContainerSpec raised =
        SPEC.toBuilder().process(p -> p.rlimit(Rlimit.of(Resource.NOFILE, 2000))).build();

    assertThat(refused(SPEC, above)).isEqualTo("rlimits");
    assertThat(refused(raised, p -> p.rlimit(Rlimit.of(Resource.NOFILE, 2001))))
        .isEqualTo("rlimits");
    assertThatCode(() -> check(raised, 0, above)).doesNotThrowAnyException();
    assertThatCode(() -> check(SPEC, 1000, above))
        .as("the kernel says it")
        .doesNotThrowAnyException();
  }
}
