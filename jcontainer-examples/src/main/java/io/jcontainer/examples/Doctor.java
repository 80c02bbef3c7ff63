package io.jcontainer.examples;

import io.jcontainer.HostReport;

/** What this host can do for containers. */
public final class Doctor {
  private Doctor() {}

  /**
   * Prints whether containers can be started, and what does not work.
   *
   * @param args not used
   */
  public static void main(String... args) {
    HostReport report = HostReport.probe();
    System.out.println("containers can be started: " + report.canStart());
    for (HostReport.Finding finding : report.findings()) {
      finding.cause().ifPresent(cause -> System.out.println(finding.name() + ": " + cause));
    }
  }
}
