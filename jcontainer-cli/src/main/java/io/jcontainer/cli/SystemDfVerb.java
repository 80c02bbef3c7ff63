package io.jcontainer.cli;

import io.jcontainer.images.DiskUsage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** The verb {@code system df}: what images need on disk. */
final class SystemDfVerb implements Verb {
  private final Caller caller;
  private final ImageOption images;
  private final ListFormat format =
      new ListFormat(
          "Type", "TYPE", "TotalCount", "TOTAL", "Size", "SIZE", "Reclaimable", "RECLAIMABLE");

  SystemDfVerb(Caller caller) {
    this.caller = caller;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec df = CommandSpec.create().name("df");
    df.addOption(format.option()).addOption(images.option());
    df.usageMessage()
        .customSynopsis("jcontainer system df [OPTIONS]")
        .description(
            "Shows what images need on disk, what of it image prune would remove, and what is coming"
                + " in. What images share counts once; layers that are unpacked for containers do not"
                + " count.");
    return df;
  }

  @Override
  public int run() {
    DiskUsage usage = images.store().usage();
    caller.print(
        "the numbers",
        format.print(
            "{{.Type}}\t{{.TotalCount}}\t{{.Size}}\t{{.Reclaimable}}",
            List.of(
                row("Images", usage.images(), usage.size().bytes(), usage.reclaimable().bytes()),
                row("Under way", 0, usage.underWay().bytes(), 0))));
    return ExitCode.OK;
  }

  private static Map<String, Object> row(String type, long count, long size, long reclaimable) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("Type", type);
    row.put("TotalCount", count);
    row.put("Size", Amounts.carried(size));
    row.put("Reclaimable", Amounts.carried(reclaimable));
    return row;
  }
}
