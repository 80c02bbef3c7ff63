package io.jcontainer.cli;

import io.jcontainer.images.ImageStore;
import io.jcontainer.images.StoreReport;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The verb {@code image fsck}: proves that the store is consistent. */
final class ImageFsckVerb implements Verb {
  private final Caller caller;
  private final Complaints complaints;
  private final ImageOption images;
  private final OptionSpec repair =
      Options.flag("Remove what is damaged, so that it can be pulled or loaded again.", "--repair");

  ImageFsckVerb(Caller caller, Complaints complaints) {
    this.caller = caller;
    this.complaints = complaints;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec fsck = CommandSpec.create().name("fsck");
    fsck.addOption(repair).addOption(images.option());
    fsck.usageMessage()
        .customSynopsis("jcontainer image fsck [OPTIONS]")
        .description(
            "Hashes all that the store has, and follows each image to all its parts. It changes"
                + " nothing without --repair, and others can use the store meanwhile.")
        .footer("", "The exit code is 0 if all is as it should be in the end, else 1.");
    return fsck;
  }

  @Override
  public int run() {
    ImageStore store = images.store();
    StoreReport report = Options.given(repair) ? store.repair() : store.check();
    report.problems().forEach(complaints::say);
    StoreReport after = report;
    if (Options.given(repair) && !report.isClean()) {
      after = store.check();
      after.problems().forEach(problem -> complaints.say("still: " + problem));
    }
    caller.print(
        "the report",
        "%d images, %d blobs, %s, %s%n"
            .formatted(
                report.images(),
                report.blobs(),
                Amounts.carried(report.size().bytes()),
                report.isClean() ? "no problem" : report.problems().size() + " problems"));
    if (!after.isClean()) {
      complaints.say(
          Options.given(repair)
              ? "pull or load these images again, or remove them with rmi"
              : "with --repair what is damaged is removed");
    }
    return after.isClean() ? ExitCode.OK : ExitCode.UNFIT;
  }
}
