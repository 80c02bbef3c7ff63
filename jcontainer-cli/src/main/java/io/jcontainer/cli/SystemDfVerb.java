package io.jcontainer.cli;

import io.jcontainer.ByteSize;
import io.jcontainer.LayerUsage;
import io.jcontainer.images.DiskUsage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** The verb {@code system df}: what images need on disk. */
final class SystemDfVerb implements Verb {
  private final Caller caller;
  private final Runtimes runtimes;
  private final ImageOption images;
  private final ListFormat format =
      new ListFormat(
          "Type",
          "TYPE",
          "TotalCount",
          "TOTAL",
          "Active",
          "ACTIVE",
          "Size",
          "SIZE",
          "Reclaimable",
          "RECLAIMABLE");

  SystemDfVerb(Caller caller, Runtimes runtimes) {
    this.caller = caller;
    this.runtimes = runtimes;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec df = CommandSpec.create().name("df");
    df.addOption(format.option()).addOption(images.option());
    df.usageMessage()
        .customSynopsis("jcontainer system df [OPTIONS]")
        .description(
            "Shows what images need on disk, as they came and unpacked for containers, and what of"
                + " it image prune would remove. What images share counts once. Active is what"
                + " containers use.");
    return df;
  }

  @Override
  public int run() {
    DiskUsage usage = images.store().usage();
    LayerUsage layers = images.layerUsage(runtimes);
    caller.print(
        "the numbers",
        format.print(
            "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
            List.of(
                row("Images", usage.images(), layers.images(), usage.size(), usage.reclaimable()),
                row(
                    "Unpacked layers",
                    layers.layers(),
                    layers.held(),
                    layers.size(),
                    layers.reclaimable()),
                row("Under way", 0, 0, usage.underWay(), ByteSize.ofBytes(0)))));
    return ExitCode.OK;
  }

  private static Map<String, Object> row(
      String type, long count, long active, ByteSize size, ByteSize reclaimable) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("Type", type);
    row.put("TotalCount", count);
    row.put("Active", active);
    row.put("Size", Amounts.carried(size.bytes()));
    row.put("Reclaimable", Amounts.carried(reclaimable.bytes()) + percent(reclaimable, size));
    return row;
  }

  private static String percent(ByteSize part, ByteSize whole) {
    return whole.bytes() == 0
        ? ""
        : " (%d%%)".formatted(Math.round(100.0 * part.bytes() / whole.bytes()));
  }
}
