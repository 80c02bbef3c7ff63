package io.jcontainer.cli;

import io.jcontainer.HostReport;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The verb {@code doctor}: says what this host can do for containers. */
final class DoctorVerb implements Verb {
  private final Caller caller;
  private final Supplier<HostReport> probe;
  private final OptionSpec json =
      OptionSpec.builder("--json").type(boolean.class).description("As JSON.").build();

  DoctorVerb(Caller caller, Supplier<HostReport> probe) {
    this.caller = caller;
    this.probe = probe;
  }

  @Override
  public CommandSpec description() {
    CommandSpec doctor = CommandSpec.create().name("doctor");
    doctor.addOption(json);
    doctor
        .usageMessage()
        .customSynopsis("jcontainer doctor [OPTIONS]")
        .description(
            "Tries what containers need of this host, and says why what does not work does not,"
                + " and what to do about it. It changes nothing.")
        .footer("", "The exit code is 0 if containers can be started, else 1.");
    return doctor;
  }

  @Override
  public int run() {
    HostReport report = probe.get();
    String text =
        Boolean.TRUE.equals(json.getValue()) ? ReportJson.of(report) + "\n" : report.toString();
    caller.print("the report", text);
    return report.canStart() ? ExitCode.OK : ExitCode.UNFIT;
  }
}
