package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.HostReport;
import io.jcontainer.HostReport.Finding;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the host's features are found to be agrees with what was found out without us. */
@Tag("every-jdk")
@Timeout(60)
class HostReportIT extends WithRuntime {
  private static boolean works(HostReport report, String name) {
    return report.finding(name).orElseThrow().works();
  }

  @Test
  void a_host_that_runs_these_tests_can_start_containers_and_nothing_is_left_of_the_trials() {
    HostReport report = runtime.host();

    assertThat(report.canStart()).as("%s", report).isTrue();
    assertThat(report.facts()).containsKeys("kernel", "architecture", "jdk", "uid", "ids");
  }

  @Test
  void all_that_a_container_with_all_defaults_is_made_of_works_where_one_can_be_started() {
    HostReport report = runtime.host();

    assertThat(
            List.of(
                "user-namespaces",
                "mount-namespace",
                "pid-namespace",
                "network-namespace",
                "uts-namespace",
                "ipc-namespace",
                "cgroup-namespace",
                "proc-mount",
                "sysfs-mount",
                "devpts-mount",
                "mqueue-mount",
                "mount-setattr",
                "openat2",
                "pidfd"))
        .allSatisfy(name -> assertThat(works(report, name)).as("%s", report).isTrue());
  }

  @Test
  void what_the_fixtures_found_out_by_other_programs_is_found_out_by_ours() {
    HostReport report = runtime.host();

    assertThat(works(report, "overlay")).isEqualTo(Feature.OVERLAY_IN_USERNS.available());
    assertThat(works(report, "time-namespace")).isEqualTo(Feature.TIME_NAMESPACE.available());
  }

  @Test
  @RequiresHost({Feature.ORDINARY_USER, Feature.SUBORDINATE_IDS})
  void an_ordinary_user_with_ranges_has_more_ids_than_one() {
    assertThat(works(runtime.host(), "id-ranges")).isTrue();
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void root_is_told_of_idmapped_mounts_too() {
    assertThat(runtime.host().findings())
        .extracting(Finding::name)
        .contains("idmapped-mounts", "overlay-idmapped");
  }

  @Test
  void limits_that_the_fixtures_found_out_to_work_are_found_to_work() {
    HostReport report = runtime.host();

    assertThat(report.findings())
        .extracting(Finding::name)
        .contains("cgroup-swap", "cgroup-cpuset", "cgroup-io", "cgroup-hugetlb", "cgroup-devices");
    if (Feature.CGROUPS.available() && Feature.CGROUPS_V1.available()) {
      // On v2 the JVM may have to be moved for it, which nobody has allowed here.
      assertThat(List.of("cgroup-memory", "cgroup-cpu", "cgroup-pids", "cgroup-freezer"))
          .allSatisfy(name -> assertThat(works(report, name)).as("%s", report).isTrue());
    }
  }

  @Test
  void each_name_is_there_once_and_each_failure_has_a_cause() {
    assertThat(runtime.host().findings())
        .allSatisfy(finding -> assertThat(finding.cause().isEmpty()).isEqualTo(finding.works()))
        .extracting(Finding::name)
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[a-z0-9]+(-[a-z0-9]+)*"));
  }

  @Test
  void a_report_needs_no_runtime() {
    HostReport probed = HostReport.probe();

    assertThat(probed.findings()).isEqualTo(runtime.host().findings());
  }

  @Test
  void a_closed_runtime_tries_nothing() {
    ContainerRuntime closed = ContainerRuntime.create();
    closed.close();

    assertThatThrownBy(closed::host).isInstanceOf(ContainerGoneException.class);
  }
}
