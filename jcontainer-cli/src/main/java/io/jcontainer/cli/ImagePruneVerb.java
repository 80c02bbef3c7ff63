package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import io.jcontainer.images.Collected;
import io.jcontainer.images.ImageStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The verb {@code image prune}: removes images without a name, and what no image needs. */
final class ImagePruneVerb implements Verb {
  private final Caller caller;
  private final Runtimes runtimes;
  private final ImageOption images;
  private final OptionSpec all = Options.flag("Also images with a name.", "-a", "--all");
  private final OptionSpec force = Options.flag("Do not ask.", "-f", "--force");
  private final ImageFilters filters = new ImageFilters("--filter");

  ImagePruneVerb(Caller caller, Runtimes runtimes) {
    this.runtimes = runtimes;
    this.caller = caller;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec prune = CommandSpec.create().name("prune");
    prune.addOption(all).addOption(force).addOption(filters.option()).addOption(images.option());
    prune
        .usageMessage()
        .customSynopsis("jcontainer image prune [OPTIONS]")
        .description(
            "Removes images without a name, the parts that no image needs, and what programs that"
                + " were killed have left. The space of unpacked layers is not counted.");
    return prune;
  }

  @Override
  public int run() {
    if (!Options.given(force)) {
      confirm();
    }
    ImageStore store = images.store();
    ImageList list = new ImageList(store);
    Predicate<ImageFacts> chosen = filters.chosen(list, Instant.now());
    StringBuilder text = new StringBuilder();
    Set<ImageFacts> removed = new HashSet<>();
    for (ImageFacts image : list.all()) {
      if ((Options.given(all) || image.name().isEmpty())
          && chosen.test(image)
          && list.remove(image)) {
        removed.add(image);
        image
            .name()
            .ifPresent(name -> text.append("untagged: ").append(image.label()).append('\n'));
      }
    }
    removed.stream()
        .map(ImageFacts::id)
        .distinct()
        .filter(id -> !list.has(id))
        .sorted()
        .forEach(id -> text.append("deleted: ").append(id).append('\n'));
    Collected collected = store.collect();
    int layers = images.pruneLayers(runtimes);
    if (text.length() > 0) {
      text.insert(0, "Deleted Images:\n").append('\n');
    }
    if (layers > 0) {
      text.append("Unpacked layers removed: ").append(layers).append('\n');
    }
    caller.print(
        "what was removed",
        text + "Total reclaimed space: " + Amounts.carried(collected.size().bytes()) + "\n");
    return ExitCode.OK;
  }

  private void confirm() {
    caller
        .out()
        .printf(
            "WARNING! This will remove all images%s.%nAre you sure you want to continue? [y/N] ",
            Options.given(all) ? "" : " without a name");
    caller.out().flush();
    String answer;
    try {
      answer =
          new BufferedReader(new InputStreamReader(caller.in(), StandardCharsets.UTF_8)).readLine();
    } catch (IOException e) {
      throw new UncheckedIOException("standard input cannot be read", e);
    }
    if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
      throw new ContainerException("nothing was removed; with -f it does not ask");
    }
  }
}
