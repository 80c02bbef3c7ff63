package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.HostReport.Finding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostReportTest {
  private static final Finding WORKS = Finding.works("container", "a container");
  private static final Finding FAILS =
      Finding.fails("overlay", "layers", "mount(): EPERM\nsecond line", Optional.of("buy another"));

  private static HostReport report(Finding... findings) {
    return new HostReport(Map.of("kernel", "Linux 6"), List.of(findings));
  }

  @Test
  void the_words_name_facts_findings_causes_and_cures() {
    assertThat(report(WORKS, FAILS))
        .hasToString(
            """
            kernel       Linux 6
            yes  container            a container
            NO   overlay              layers
                   cause: mount(): EPERM
                          second line
                   cure:  buy another
            """);
  }

  @Test
  void containers_can_be_started_only_if_one_was() {
    assertThat(report(WORKS, FAILS).canStart()).isTrue();
    assertThat(report(FAILS).canStart()).isFalse();
    assertThat(report(Finding.fails("container", "a container", "no", Optional.empty())).canStart())
        .isFalse();
  }

  @Test
  void a_finding_is_found_by_its_name() {
    assertThat(report(WORKS, FAILS).finding("overlay")).contains(FAILS);
    assertThat(report(WORKS).finding("overlay")).isEmpty();
  }

  @Test
  void a_report_does_not_change_with_what_it_was_made_of() {
    Map<String, String> facts = new LinkedHashMap<>(Map.of("a", "1"));
    List<Finding> findings = new ArrayList<>(List.of(WORKS));
    HostReport report = new HostReport(facts, findings);
    facts.clear();
    findings.clear();

    assertThat(report.facts()).containsOnlyKeys("a");
    assertThat(report.findings()).containsExactly(WORKS);
    assertThatThrownBy(() -> report.facts().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
