package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jcontainer.ContainerSpec;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Rlimit;
import io.jcontainer.Scheduling;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Resource limits and priorities, as the container's own /proc tells them. */
@Timeout(60)
class LimitsIT extends WithRuntime {
  private String cat(String file, Consumer<ProcessSpec.Builder> change) {
    return run(ContainerSpec.builder().command("cat", file).process(change).build()).expectedOut();
  }

  private List<String> limit(String name, Consumer<ProcessSpec.Builder> change) {
    return cat("/proc/self/limits", change)
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> List.of(line.substring(26).strip().split(" +")))
        .findFirst()
        .orElseThrow()
        .subList(0, 2);
  }

  @Test
  void soft_and_hard_limits_are_those_of_the_spec() {
    assertThat(limit("Max open files", p -> p.rlimit(Rlimit.parse("nofile=100:200"))))
        .containsExactly("100", "200");
    assertThat(limit("Max core file size", p -> p.rlimit(Rlimit.parse("core=0"))))
        .containsExactly("0", "0");
    assertThat(limit("Max cpu time", p -> p.rlimit(Rlimit.parse("cpu=5:7"))))
        .containsExactly("5", "7");
  }

  @Test
  void a_limit_of_open_files_does_not_count_for_our_own_steps() {
    // Three is what the streams take; the loader of a dynamic program needs a fourth.
    Consumer<ProcessSpec.Builder> few = p -> p.rlimit(Rlimit.parse("nofile=3"));
    ContainerSpec spec = ContainerSpec.builder().command("sh", "-c", ":").process(few).build();
    assertThat(run(spec).err()).contains("error while loading shared libraries");

    assertThat(limit("Max open files", p -> p.rlimit(Rlimit.parse("nofile=4"))))
        .containsExactly("4", "4");
  }

  @Test
  @RequiresHost({Feature.ROOT, Feature.SYS_RESOURCE})
  void root_can_go_above_the_hard_limit_of_the_jvm() {
    // The hard limit of the JVM is not known to this test, but no JVM has that many.
    assertThat(limit("Max realtime priority", p -> p.rlimit(Rlimit.parse("rtprio=7:77"))))
        .containsExactly("7", "77");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void an_ordinary_user_cannot_go_above_the_hard_limit_and_is_told() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("true")
            .process(p -> p.rlimit(Rlimit.parse("rtprio=99")))
            .build();

    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> runtime.start(spec).close())
        .satisfies(e -> assertThat(e.errno()).isEqualTo("EPERM"))
        .satisfies(e -> assertThat(e.hint().orElseThrow()).contains("ulimit -H"));
  }

  @Test
  void oom_score_adj_can_be_raised() {
    assertThat(cat("/proc/self/oom_score_adj", p -> p.oomScoreAdj(789))).isEqualTo("789\n");
  }

  @Test
  @RequiresHost({Feature.ROOT, Feature.SYS_RESOURCE})
  void root_can_lower_oom_score_adj() {
    assertThat(cat("/proc/self/oom_score_adj", p -> p.oomScoreAdj(-789))).isEqualTo("-789\n");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void an_ordinary_user_cannot_lower_oom_score_adj_and_is_told() {
    ContainerSpec spec =
        ContainerSpec.builder().command("true").process(p -> p.oomScoreAdj(-1000)).build();

    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> runtime.start(spec).close())
        .satisfies(e -> assertThat(e.errno()).isEqualTo("EACCES"))
        .satisfies(e -> assertThat(e.hint().orElseThrow()).contains("oom_score_adj"));
  }

  /** Field 19 is the nice value, 40 the real-time priority, 41 the class: proc_pid_stat(5). */
  private String stat(int field, Consumer<ProcessSpec.Builder> change) {
    return List.of(cat("/proc/self/stat", change).split(" ")).get(field - 1).strip();
  }

  @Test
  void a_nice_value_can_be_raised() {
    assertThat(stat(19, p -> p.nice(7))).isEqualTo("7");
  }

  @Test
  void a_class_without_priorities_can_be_chosen() {
    assertThat(stat(41, p -> p.scheduling(Scheduling.batch()))).isEqualTo("3");
    assertThat(stat(41, p -> p.scheduling(Scheduling.idle()))).isEqualTo("5");
    assertThat(stat(41, p -> p.scheduling(Scheduling.other()))).isEqualTo("0");
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void root_can_lower_the_nice_value() {
    assertThat(stat(19, p -> p.nice(-11))).isEqualTo("-11");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void an_ordinary_user_cannot_raise_priorities_and_is_told() {
    for (Consumer<ProcessSpec.Builder> change :
        List.<Consumer<ProcessSpec.Builder>>of(
            p -> p.nice(-20), p -> p.scheduling(Scheduling.fifo(1)))) {
      ContainerSpec spec = ContainerSpec.builder().command("true").process(change).build();

      assertThatExceptionOfType(StartFailedException.class)
          .isThrownBy(() -> runtime.start(spec).close())
          .satisfies(e -> assertThat(e.errno()).isIn("EACCES", "EPERM"))
          .satisfies(e -> assertThat(e.hint().orElseThrow()).contains("runs as root"));
    }
  }
}
