package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.images.ImageStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The verb {@code inspect}: all that is known of containers that run and of images, as JSON; as
 * {@code image inspect} of images alone.
 */
final class InspectVerb implements Verb {
  private static final String CONTAINER = "container";
  private static final String IMAGE = "image";

  private final Caller caller;
  private final Complaints complaints;
  private final Optional<Supplier<ContainerRuntime>> runtime;
  private final ImageOption images;
  private final OptionSpec type =
      OptionSpec.builder("--type")
          .paramLabel("container|image")
          .type(String.class)
          .converters(Options.oneOf(CONTAINER, IMAGE))
          .description("What is meant, where a container and an image have the same name.")
          .build();
  private final OptionSpec format =
      Options.text(
          "FORMAT",
          "json, or a template with {{.Name}}, {{.Outer.Inner}} and {{json .Name}}."
              + " Default: an array of all, over several lines.",
          "-f",
          "--format");
  private final PositionalParamSpec names;

  private InspectVerb(
      Caller caller, Complaints complaints, Optional<Supplier<ContainerRuntime>> runtime) {
    this.caller = caller;
    this.complaints = complaints;
    this.runtime = runtime;
    this.images = new ImageOption(caller.env());
    this.names =
        Operands.several(
            runtime.isPresent() ? "NAME..." : "IMAGE...",
            runtime.isPresent()
                ? "A name, an id, or the beginning of one."
                : ImageNames.DESCRIPTION);
  }

  static InspectVerb ofImages(Caller caller, Complaints complaints) {
    return new InspectVerb(caller, complaints, Optional.empty());
  }

  static InspectVerb ofAll(
      Caller caller, Complaints complaints, Supplier<ContainerRuntime> runtime) {
    return new InspectVerb(caller, complaints, Optional.of(runtime));
  }

  @Override
  public CommandSpec description() {
    CommandSpec inspect = CommandSpec.create().name("inspect");
    inspect.addOption(format);
    if (runtime.isPresent()) {
      inspect.addOption(type);
    }
    inspect.addOption(images.option()).addPositional(names);
    inspect
        .usageMessage()
        .customSynopsis(
            runtime.isPresent()
                ? "jcontainer inspect [OPTIONS] NAME..."
                : "jcontainer image inspect [OPTIONS] IMAGE...")
        .description(
            runtime.isPresent()
                ? "Prints all that is known of containers of this user that run, and of images."
                : "Prints all that is known of images.");
    return inspect;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    Optional<String> wanted = Options.get(type);
    List<Map<String, Object>> found = new ArrayList<>();
    int code;
    if (runtime.isEmpty() || wanted.filter(IMAGE::equals).isPresent()) {
      code = each(name -> found.add(image(name)));
    } else {
      try (ContainerRuntime containers = runtime.get().get()) {
        code =
            each(
                name ->
                    found.add(
                        wanted.isPresent()
                            ? ContainerJson.of(Handles.find(containers, name))
                            // a container, or else an image, as Docker looks for them
                            : containers
                                .find(name)
                                .map(ContainerJson::of)
                                .orElseGet(() -> image(name))));
      }
    }
    caller.print("what is known", text(found));
    return code;
  }

  private int each(Consumer<String> action) {
    return ImageNames.each(names.<List<String>>getValue(), complaints, action);
  }

  private Map<String, Object> image(String name) {
    ImageStore store = images.store();
    return ImageJson.of(new ImageList(store).find(name), store.images());
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
