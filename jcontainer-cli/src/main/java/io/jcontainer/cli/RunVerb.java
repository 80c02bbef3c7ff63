package io.jcontainer.cli;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Image;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The verb {@code run}: starts one container on the caller's own streams, and waits for its end.
 */
final class RunVerb implements Verb {
  private final Caller caller;
  private final Complaints complaints;
  private final Runtimes runtimes;
  private final ImageToRun images;
  private final RunOptions options;

  RunVerb(Caller caller, Complaints complaints, Runtimes runtimes) {
    this.caller = caller;
    this.complaints = complaints;
    this.runtimes = runtimes;
    this.images = new ImageToRun(caller);
    this.options = new RunOptions(images.options());
  }

  @Override
  public CommandSpec description() {
    return options.description();
  }

  @Override
  public int run() {
    Optional<String> name = options.image();
    // What is wrong with the options is told before a runtime is made, or an image is pulled.
    Optional<ContainerSpec> known =
        name.isPresent() ? Optional.empty() : Optional.of(spec(Optional.empty()));
    try (ContainerRuntime containers = runtimes.with(options.cgroupParent(), images.directory())) {
      ContainerSpec spec =
          known.orElseGet(() -> spec(name.map(text -> images.find(containers, text))));
      if (options.dryRun()) {
        return print(containers, spec);
      }
      return new Attachment(complaints)
          .run(spec.process(), options.interactive(), !spec.init(), () -> start(containers, spec));
    }
  }

  private ContainerSpec spec(Optional<Image> image) {
    return options.spec(caller.env(), image);
  }

  private Container start(ContainerRuntime containers, ContainerSpec spec) {
    Container container = containers.start(spec);
    if (spec.limits().isPresent()) {
      container.unenforced().forEach(complaints::say);
    }
    return container;
  }

  private int print(ContainerRuntime containers, ContainerSpec spec) {
    caller.print("the plan", containers.plan(spec).toString());
    return ExitCode.OK;
  }
}
