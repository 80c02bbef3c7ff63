package io.jcontainer.cli;

import io.jcontainer.images.ImageStore;
import io.jcontainer.images.StoredImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code inspect}: all that is known of images, as JSON. */
final class InspectVerb implements Verb {
  private final Caller caller;
  private final Complaints complaints;
  private final ImageOption images;
  private final OptionSpec format =
      Options.text(
          "FORMAT",
          "json, or a template with {{.Name}}, {{.Outer.Inner}} and {{json .Name}}."
              + " Default: an array of all, over several lines.",
          "-f",
          "--format");
  private final PositionalParamSpec names = Operands.several("IMAGE...", ImageNames.DESCRIPTION);

  InspectVerb(Caller caller, Complaints complaints) {
    this.caller = caller;
    this.complaints = complaints;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec inspect = CommandSpec.create().name("inspect");
    inspect.addOption(format).addOption(images.option()).addPositional(names);
    inspect
        .usageMessage()
        .customSynopsis("jcontainer inspect [OPTIONS] IMAGE...")
        .description("Prints all that is known of images.");
    return inspect;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    ImageStore store = images.store();
    ImageList list = new ImageList(store);
    List<StoredImage> stored = store.images();
    List<Map<String, Object>> found = new ArrayList<>();
    int code =
        ImageNames.each(
            names.<List<String>>getValue(),
            complaints,
            name -> found.add(ImageJson.of(list.find(name), stored)));
    caller.print("what is known", text(found));
    return code;
  }

  private String text(List<Map<String, Object>> found) {
    Optional<String> given = Options.get(format);
    if (given.isEmpty()) {
      return Json.indented(found) + "\n";
    }
    if (given.get().equals("json")) {
      return Json.of(found) + "\n";
    }
    Template template = new Template(given.get());
    StringBuilder lines = new StringBuilder();
    found.forEach(image -> lines.append(template.of(image)).append('\n'));
    return lines.toString();
  }
}
