package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Rlimit.Resource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RlimitTest {
  @Test
  void a_limit_is_written_as_for_docker() {
    assertThat(Rlimit.parse("nofile=1024:2048")).isEqualTo(new Rlimit(Resource.NOFILE, 1024, 2048));
    assertThat(Rlimit.parse("core=0")).isEqualTo(Rlimit.of(Resource.CORE, 0));
    assertThat(Rlimit.parse("as=unlimited"))
        .isEqualTo(Rlimit.parse("as=-1"))
        .isEqualTo(Rlimit.of(Resource.AS, Rlimit.UNLIMITED));
    assertThat(Rlimit.parse("cpu=1:-1")).isEqualTo(new Rlimit(Resource.CPU, 1, Rlimit.UNLIMITED));
    assertThat(Rlimit.parse("fsize=9223372036854775807").hard()).isEqualTo(Long.MAX_VALUE);
    for (Resource resource : Resource.values()) {
      assertThat(Rlimit.parse(resource + "=1:2").resource()).isEqualTo(resource);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nofile",
        "nofile=",
        "nofile=1:",
        "nofile=:1",
        "nofile=1:2:3",
        "nofile=2:1",
        "nofile=-1:1",
        "nofile=-2",
        "nofile=+1",
        "nofile=0x10",
        "nofile=1k",
        "nofile=9223372036854775808",
        "NOFILE=1",
        "open=1",
        "nofile=1\n",
        "nofile =1"
      })
  void everything_else_is_refused(String text) {
    assertThatThrownBy(() -> Rlimit.parse(text))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("rlimits"));
  }

  @Test
  void the_last_limit_of_a_resource_counts() {
    ProcessSpec spec =
        ProcessSpec.builder()
            .command("true")
            .rlimit(Rlimit.parse("nofile=10"))
            .rlimit(Rlimit.parse("core=0"))
            .rlimit(Rlimit.parse("nofile=20"))
            .build();

    assertThat(spec.rlimits())
        .isEqualTo(List.of(Rlimit.parse("nofile=20"), Rlimit.parse("core=0")));
    assertThat(spec.toBuilder().build().rlimits()).isEqualTo(spec.rlimits());
  }

  @Test
  void only_real_time_classes_have_priorities() {
    assertThat(Scheduling.fifo(99).priority()).isEqualTo(99);
    assertThat(Scheduling.rr(1).policy()).hasToString("SCHED_RR");
    assertThat(List.of(Scheduling.other(), Scheduling.batch(), Scheduling.idle()))
        .allSatisfy(scheduling -> assertThat(scheduling.priority()).isZero());
    for (int priority : new int[] {0, 100, -1}) {
      assertThatThrownBy(() -> Scheduling.fifo(priority)).isInstanceOf(InvalidSpecException.class);
    }
    assertThatThrownBy(() -> new Scheduling(Scheduling.Policy.BATCH, 1))
        .isInstanceOf(InvalidSpecException.class);
  }
}
