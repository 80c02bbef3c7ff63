package io.jcontainer.cli;

import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageNotFoundException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code history}: how the layers of an image came about. */
final class HistoryVerb implements Verb {
  private static final String MISSING = "<missing>";
  private static final int MOST = 45;

  private final Caller caller;
  private final ImageOption images;
  private final OptionSpec untruncated = Options.flag("Ids and commands in full.", "--no-trunc");
  private final OptionSpec quiet = Options.flag("Only the ids.", "-q", "--quiet");
  private final ListFormat format =
      new ListFormat(
          "ID",
          "IMAGE",
          "CreatedSince",
          "CREATED",
          "CreatedAt",
          "CREATED AT",
          "CreatedBy",
          "CREATED BY",
          "Size",
          "SIZE",
          "Comment",
          "COMMENT");
  private final PositionalParamSpec image = Operands.one(0, "IMAGE", ImageNames.DESCRIPTION);

  HistoryVerb(Caller caller) {
    this.caller = caller;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec history = CommandSpec.create().name("history");
    history.addOption(untruncated).addOption(quiet).addOption(format.option());
    history.addOption(images.option()).addPositional(image);
    history
        .usageMessage()
        .customSynopsis("jcontainer history [OPTIONS] IMAGE")
        .description("Shows how the layers of an image came about, the topmost first.");
    return history;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    ImageFacts found = new ImageList(images.store()).find(image.getValue());
    List<Map<String, Object>> rows = rows(found, Instant.now());
    if (Options.given(quiet) && format.isDefault()) {
      StringBuilder ids = new StringBuilder();
      rows.forEach(row -> ids.append(row.get("ID")).append('\n'));
      caller.print("the history", ids.toString());
    } else {
      caller.print(
          "the history",
          format.print(
              "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}", rows));
    }
    return ExitCode.OK;
  }

  private List<Map<String, Object>> rows(ImageFacts found, Instant now) {
    ImageFacts.Content content =
        found
            .content()
            .orElseThrow(
                () ->
                    new ImageNotFoundException(
                        "%s has no history: %s"
                            .formatted(
                                found.label(),
                                found.problem().orElse("it is no image that runs"))));
    List<Map<String, Object>> rows = new ArrayList<>();
    int layer = 0;
    List<Descriptor> layers = content.manifest().layers();
    for (ImageConfig.History line : content.config().history()) {
      // Nothing makes sure that the history tells of as many layers as there are.
      boolean made = !line.emptyLayer() && layer < layers.size();
      rows.add(row(line, made ? layers.get(layer++).size() : 0, now));
    }
    for (; layer < layers.size(); layer++) {
      rows.add(row(untold(), layers.get(layer).size(), now));
    }
    Collections.reverse(rows);
    if (!rows.isEmpty()) {
      rows.get(0).put("ID", Options.given(untruncated) ? found.id().toString() : found.shortId());
    }
    return rows;
  }

  /** Of a layer that the history does not tell of. */
  private static ImageConfig.History untold() {
    return new ImageConfig.History(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);
  }

  private Map<String, Object> row(ImageConfig.History line, long size, Instant now) {
    String command = TableText.printable(line.createdBy().orElse(""));
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("ID", MISSING);
    row.put("CreatedSince", Ago.of(line.created(), now));
    row.put("CreatedAt", line.created().map(Instant::toString).orElse("N/A"));
    row.put("CreatedBy", Options.given(untruncated) ? command : TableText.shown(command, MOST));
    row.put("Size", Amounts.carried(size));
    row.put("Comment", line.comment().orElse(""));
    return row;
  }
}
