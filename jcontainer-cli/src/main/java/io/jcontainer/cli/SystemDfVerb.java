package io.jcontainer.cli;

import io.jcontainer.ByteSize;
import io.jcontainer.LayerUsage;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.DiskUsage;
import io.jcontainer.images.ImageStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The verb {@code system df}: what images need on disk. */
final class SystemDfVerb implements Verb {
  private final Caller caller;
  private final Runtimes runtimes;
  private final ImageOption images;
  private final OptionSpec verbose =
      Options.flag(
          "Each image: its size, what of that other images have as well, and whether containers use"
              + " it.",
          "-v",
          "--verbose");
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
          "RECLAIMABLE",
          "Repository",
          "REPOSITORY",
          "Tag",
          "TAG",
          "ID",
          "IMAGE ID",
          "CreatedSince",
          "CREATED",
          "SharedSize",
          "SHARED SIZE",
          "UniqueSize",
          "UNIQUE SIZE");

  SystemDfVerb(Caller caller, Runtimes runtimes) {
    this.caller = caller;
    this.runtimes = runtimes;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec df = CommandSpec.create().name("df");
    df.addOption(format.option()).addOption(images.option()).addOption(verbose);
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
    ImageStore store = images.store();
    LayerUsage layers = images.layerUsage(runtimes);
    caller.print(
        "the numbers",
        Options.given(verbose)
            ? format.print(
                "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
                    + "\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Active}}",
                each(new ImageList(store).all(), layers.images()))
            : format.print(
                "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
                all(store, layers)));
    return ExitCode.OK;
  }

  private static List<Map<String, Object>> all(ImageStore store, LayerUsage layers) {
    DiskUsage usage = store.usage();
    long active =
        store.images().stream()
            .filter(image -> layers.images().contains(image.target().digest().toString()))
            .count();
    return List.of(
        row("Images", usage.images(), active, usage.size(), usage.reclaimable()),
        row("Unpacked layers", layers.layers(), layers.held(), layers.size(), layers.reclaimable()),
        row("Under way", 0, 0, usage.underWay(), ByteSize.ofBytes(0)));
  }

  /** What several names of one image have in common is not shared. */
  private static List<Map<String, Object>> each(List<ImageFacts> all, Set<String> active) {
    Map<Digest, Set<Digest>> owners = new HashMap<>();
    for (ImageFacts image : all) {
      for (Descriptor blob : image.blobs()) {
        owners.computeIfAbsent(blob.digest(), digest -> new HashSet<>()).add(image.id());
      }
    }
    Instant now = Instant.now();
    List<Map<String, Object>> rows = new ArrayList<>();
    for (ImageFacts image : all) {
      long shared =
          image.blobs().stream()
              .filter(blob -> owners.getOrDefault(blob.digest(), Set.of()).size() > 1)
              .mapToLong(Descriptor::size)
              .sum();
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("Repository", image.repository().orElse(ImagesVerb.NONE));
      row.put("Tag", image.tag().orElse(ImagesVerb.NONE));
      row.put("ID", image.shortId());
      row.put("CreatedSince", Ago.of(image.created(), now));
      row.put("Size", Amounts.carried(image.size()));
      row.put("SharedSize", Amounts.carried(shared));
      row.put("UniqueSize", Amounts.carried(image.size() - shared));
      row.put("Active", active.contains(image.digest().toString()));
      rows.add(row);
    }
    return rows;
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
