package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.HostReport;
import io.jcontainer.HostReport.Finding;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DoctorTest {
  private final Trial trial = new Trial();

  private void findings(Finding... findings) {
    trial.runtime.host = new HostReport(Map.of("kernel", "Linux 6"), List.of(findings));
  }

  @Test
  void a_host_that_can_start_containers_exits_with_0_and_its_report() {
    findings(Finding.works("container", "a container"));

    assertThat(trial.run("doctor")).isZero();
    assertThat(trial.out()).isEqualTo(trial.runtime.host.toString());
    assertThat(trial.err()).isEmpty();
  }

  @Test
  void a_host_that_cannot_exits_with_1_and_its_report() {
    findings(Finding.fails("container", "a container", "no", Optional.empty()));

    assertThat(trial.run("doctor")).isEqualTo(1);
    assertThat(trial.out()).contains("NO   container");
  }

  @Test
  void json_has_all_of_it_in_plain_ascii() {
    findings(
        Finding.works("container", "a \"container\""),
        Finding.fails(
            "x", "back\\slash", "tab\tand\u001b[2J", Optional.of("caf\u00e9 \ud83d\ude00")));

    assertThat(trial.run("doctor", "--json")).isZero();
    assertThat(trial.out())
        .isEqualTo(
            """
            {
              "canStart": true,
              "facts": {
                "kernel": "Linux 6"
              },
              "findings": [
                {"name": "container", "title": "a \\"container\\"", "works": true, \
            "cause": null, "cure": null},
                {"name": "x", "title": "back\\\\slash", "works": false, \
            "cause": "tab\\u0009and\\u001b[2J", "cure": "caf\\u00e9 \\ud83d\\ude00"}
              ]
            }
            """);
  }

  @Test
  void an_operand_is_a_wrong_call() {
    assertThat(trial.run("doctor", "who")).isEqualTo(125);
    assertThat(trial.err()).contains("'who'", "See 'jcontainer doctor --help'.");
  }
}
