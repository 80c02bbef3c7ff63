package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageStore;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code images}, which is {@code image ls}, too: lists the images of the store. */
final class ImagesVerb implements Verb {
  static final String NONE = "<none>";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xx 'UTC'").withZone(ZoneOffset.UTC);

  private final Caller caller;
  private final Complaints complaints;
  private final String name;
  private final ImageOption images;
  private final OptionSpec all = Options.flag("Accepted: all are listed.", "-a", "--all");
  private final OptionSpec digests =
      Options.flag("With the digests of the manifests.", "--digests");
  private final OptionSpec untruncated = Options.flag("Ids in full.", "--no-trunc");
  private final OptionSpec quiet = Options.flag("Only the ids.", "-q", "--quiet");
  private final OptionSpec noHeading =
      Options.flag("No line with what the columns are.", "-n", "--noheading");
  private final OptionSpec sort =
      Options.text(
          "FIELD",
          "By created, which is the default, the newest first; or by id, repository, size or tag.",
          "--sort");
  private final ImageFilters filters = new ImageFilters("-f", "--filter");
  private final ListFormat format =
      new ListFormat(
          "Repository",
          "REPOSITORY",
          "Tag",
          "TAG",
          "Digest",
          "DIGEST",
          "ID",
          "IMAGE ID",
          "CreatedSince",
          "CREATED",
          "CreatedAt",
          "CREATED AT",
          "Size",
          "SIZE");
  private final PositionalParamSpec pattern =
      Operands.optional(
          0, "REPOSITORY[:TAG]", "Only those of this name; * and ? stand for all but a slash.");

  ImagesVerb(Caller caller, Complaints complaints, String name) {
    this.caller = caller;
    this.complaints = complaints;
    this.name = name;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec list = CommandSpec.create().name(name);
    if (!name.equals("images")) {
      list.aliases("list");
    }
    list.addOption(all).addOption(digests).addOption(untruncated).addOption(quiet);
    list.addOption(noHeading).addOption(sort);
    list.addOption(filters.option()).addOption(format.option()).addOption(images.option());
    list.addPositional(pattern);
    list.usageMessage()
        .customSynopsis("jcontainer images [OPTIONS] [REPOSITORY[:TAG]]")
        .description("Lists images.")
        .footer(
            "",
            "The id is the digest of the configuration; the size that of the layers as they came,",
            "usually compressed.");
    return list;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    ImageStore store = images.store();
    ImageList list = new ImageList(store);
    Instant now = Instant.now();
    List<ImageFacts> chosen =
        list.all().stream()
            .filter(filters.chosen(list, now))
            .filter(Options.<String>get(pattern).map(ImageFilters::reference).orElse(image -> true))
            .sorted(order(Options.<String>get(sort).orElse("created")))
            .toList();
    for (ImageFacts image : chosen) {
      image
          .problem()
          .ifPresent(
              problem ->
                  complaints.say("%s: %s; image fsck says more".formatted(image.label(), problem)));
    }
    caller.print("the list", text(chosen, now));
    return ExitCode.OK;
  }

  /** Those that are alike stay as they are: the newest first, and by their names. */
  private static Comparator<ImageFacts> order(String field) {
    return switch (field) {
      case "created" ->
          Comparator.comparing(
              image -> image.created().orElse(Instant.MIN), Comparator.reverseOrder());
      case "id" -> Comparator.comparing(image -> image.id().toString());
      case "repository" -> Comparator.comparing(image -> image.repository().orElse(NONE));
      case "size" -> Comparator.comparingLong(ImageFacts::size);
      case "tag" -> Comparator.comparing(image -> image.tag().orElse(NONE));
      default ->
          throw new InvalidSpecException(
              "sort", "\"%s\" is none of created, id, repository, size, tag".formatted(field));
    };
  }

  private String text(List<ImageFacts> chosen, Instant now) {
    if (Options.given(quiet) && format.isDefault()) {
      StringBuilder ids = new StringBuilder();
      chosen.forEach(image -> ids.append(id(image)).append('\n'));
      return ids.toString();
    }
    String digest = Options.given(digests) ? "{{.Digest}}\t" : "";
    return format.print(
        "{{.Repository}}\t{{.Tag}}\t" + digest + "{{.ID}}\t{{.CreatedSince}}\t{{.Size}}",
        chosen.stream().map(image -> row(image, now)).toList(),
        !Options.given(noHeading));
  }

  private String id(ImageFacts image) {
    return Options.given(untruncated) ? image.id().toString() : image.shortId();
  }

  private Map<String, Object> row(ImageFacts image, Instant now) {
    Optional<Instant> created = image.created();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("Repository", image.repository().orElse(NONE));
    row.put("Tag", image.tag().orElse(NONE));
    row.put("Digest", image.digest());
    row.put("ID", id(image));
    row.put("CreatedSince", Ago.of(created, now));
    row.put("CreatedAt", created.map(TIME::format).orElse("N/A"));
    row.put("Size", Amounts.carried(image.size()));
    return row;
  }
}
