package io.jcontainer.cli;

import static io.jcontainer.cli.Options.flag;
import static io.jcontainer.cli.Options.given;
import static io.jcontainer.cli.Options.text;
import static io.jcontainer.cli.Options.use;
import static io.jcontainer.cli.Options.value;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Image;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Signal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * The options of {@code run}, with Docker's names where Docker has them, and the spec they make.
 */
final class RunOptions {
  private static final String ENABLED = "enabled";
  private static final String DISABLED = "disabled";

  private final OptionSpec rm = flag("Accepted: nothing is ever left.", "--rm");
  private final OptionSpec name =
      text("NAME", "What exec, kill, stop and cp may call it.", "--name");
  private final OptionSpec rootfs =
      Options.list(
          Path.class,
          RunOptions::directory,
          "DIR",
          "A directory as root file system, which is never changed: writes go to memory and vanish."
              + " Several are layers, the lowest first. Default: the host's programs, read-only.",
          "--rootfs");
  private final OptionSpec readOnly =
      flag("No write layer; a private /tmp stays writable.", "--read-only");
  private final OptionSpec writable =
      flag("A write layer, also above the host's programs.", "--writable");
  private final OptionSpec writableIn =
      value(
          Path.class,
          RunOptions::directory,
          "DIR",
          "A write layer that is kept in this directory; needs an image or --rootfs.",
          "--writable-in");
  private final OptionSpec fallback =
      flag(
          "If the host cannot join the directories of --rootfs by OverlayFS, use fuse-overlayfs, or"
              + " else copy them.",
          "--rootfs-fallback");
  private final OptionSpec hostname = text("NAME", "Default: the container's id.", "--hostname");
  private final OptionSpec domainname = text("NAME", "The NIS domain name.", "--domainname");
  private final OptionSpec init =
      flag("A tiny init as process 1, which reaps orphans and hands signals on.", "--init");
  private final OptionSpec stopSignal =
      value(
          Signal.class,
          Signal::parse,
          "SIGNAL",
          "What stop sends. Default: SIGTERM.",
          "--stop-signal");
  private final OptionSpec dryRun =
      flag("Print the system calls that would start it, and start nothing.", "--dry-run");
  private final ProcessOptions process =
      new ProcessOptions(
          0,
          "IMAGE|COMMAND [ARG...]",
          "The image, and what runs in it instead of the image's own command; or, behind two hyphens"
              + " or with --rootfs, what runs, and its arguments.");
  private final OptionSpec entrypoint =
      text(
          "COMMAND",
          "What runs instead of the image's entrypoint, and without its command; empty for none.",
          "--entrypoint");
  private final CommandSpec description = CommandSpec.create().name("run");
  private final NamespaceOptions namespaces = new NamespaceOptions();
  private final RightsOptions rights = new RightsOptions();
  private final MountOptions mounts = new MountOptions();
  private final LimitOptions limits = new LimitOptions();
  private final OptionSpec cgroups =
      OptionSpec.builder("--cgroups")
          .paramLabel("enabled|disabled")
          .type(String.class)
          .converters(Options.oneOf(ENABLED, DISABLED))
          .description(
              "With a cgroup of its own also without a limit, so that stats, pause, update and"
                  + " events know it. Default: enabled if there is a limit.")
          .build();
  private final OptionSpec cgroupParent =
      text(
          "PATH",
          "Below which cgroup its own is; needs a limit. Default: the caller's.",
          "--cgroup-parent");

  private final List<OptionSpec> imageOptions;

  /**
   * The options.
   *
   * @param imageOptions those that say where the image comes from
   */
  RunOptions(List<OptionSpec> imageOptions) {
    this.imageOptions = imageOptions;
  }

  /** How picocli knows these options. */
  CommandSpec description() {
    CommandSpec run = description;
    List<OptionSpec> options = new ArrayList<>(process.options());
    options.add(entrypoint);
    options.addAll(imageOptions);
    options.addAll(List.of(name, rootfs, readOnly, writable, writableIn, fallback));
    options.addAll(mounts.options());
    options.addAll(List.of(hostname, domainname));
    options.addAll(namespaces.options());
    options.addAll(rights.options());
    options.addAll(limits.options());
    options.addAll(List.of(cgroups, cgroupParent));
    options.addAll(List.of(init, stopSignal, rm, dryRun));
    options.forEach(run::addOption);
    run.addPositional(process.command());
    run.usageMessage()
        .customSynopsis(
            "jcontainer run [OPTIONS] IMAGE [ARG...]",
            "jcontainer run [OPTIONS] -- COMMAND [ARG...]",
            "jcontainer run [OPTIONS] --rootfs DIR [--] COMMAND [ARG...]")
        .description(
            "Runs an image, the host's programs, or those of a directory, in a new container, on this"
                + " terminal, and waits for its end.")
        .sortOptions(false)
        .footer(
            "",
            "The exit code is the command's, or 128 plus the signal that killed it; 125 if",
            "jcontainer failed, 126 if the command cannot be invoked, 127 if it is not found.");
    return run;
  }

  boolean interactive() {
    return process.interactive();
  }

  boolean dryRun() {
    return given(dryRun);
  }

  Optional<String> cgroupParent() {
    return Options.get(cgroupParent);
  }

  /** The image that is to run; empty if it is the host's programs, or those of a directory. */
  Optional<String> image() {
    return Options.get(rootfs).isPresent() || isCommandMarked()
        ? Optional.empty()
        : Optional.of(process.words().get(0));
  }

  /** Whether two hyphens stand before the first word that is no option. */
  private boolean isCommandMarked() {
    List<String> all = description.root().commandLine().getParseResult().originalArgs();
    int before = all.size() - process.words().size() - 1;
    return all.get(before).equals("--");
  }

  /**
   * What the parsed options describe.
   *
   * @param callerEnv where variables without a value are taken from
   * @param image what {@link #image} names, if it names one
   * @throws InvalidSpecException if they do not fit together, or one is wrong
   */
  ContainerSpec spec(Map<String, String> callerEnv, Optional<Image> image) {
    ContainerSpec.Builder spec =
        image
            .map(ContainerSpec::from)
            .orElseGet(ContainerSpec::builder)
            .process(builder -> process.describe(builder, callerEnv))
            .process(rights::describe)
            .rootfs(rootfs(image))
            .namespaces(namespaces::describe)
            .init(given(init));
    use(
        entrypoint,
        (String text) -> spec.entrypoint(text.isEmpty() ? new String[0] : new String[] {text}));
    List<String> words = process.words();
    List<String> command = image.isPresent() ? words.subList(1, words.size()) : words;
    if (!command.isEmpty()) {
      spec.command(command);
    }
    mounts.describe(spec);
    use(name, spec::name);
    use(hostname, spec::hostname);
    use(domainname, spec::domainname);
    use(stopSignal, spec::stopSignal);
    limits().ifPresent(spec::limits);
    return spec.build();
  }

  private Optional<CgroupLimits> limits() {
    Optional<CgroupLimits> given = limits.limits();
    Optional<String> choice = Options.get(cgroups);
    if (given.isPresent() && choice.filter(DISABLED::equals).isPresent()) {
      throw new InvalidSpecException(
          "limits", "without cgroups, as --cgroups=disabled says, there is nothing that limits");
    }
    return given.isEmpty() && choice.filter(ENABLED::equals).isPresent()
        ? Optional.of(CgroupLimits.none())
        : given;
  }

  private LayeredRootfs rootfs(Optional<Image> image) {
    Optional<Path> kept = Options.get(writableIn);
    if (Stream.of(given(readOnly), given(writable), kept.isPresent()).filter(on -> on).count()
        > 1) {
      throw new InvalidSpecException(
          "rootfs", "--read-only, --writable and --writable-in exclude each other");
    }
    LayeredRootfs root =
        image
            .map(LayeredRootfs::image)
            .or(() -> Options.<List<Path>>get(rootfs).map(LayeredRootfs::layers))
            .orElseGet(LayeredRootfs::host);
    if (given(fallback)) {
      root = root.withFallback();
    }
    if (!root.isHost() && !given(readOnly)) {
      root = root.inspectable(); // for diff, export and commit
    }
    if (kept.isPresent()) {
      return root.writableIn(kept.get());
    }
    return given(readOnly) ? root.readOnly() : given(writable) ? root.writable() : root;
  }

  static Path directory(String text) {
    if (text.isEmpty()) {
      // Path.of("") would be the working directory: not what an unset variable should mean.
      throw new TypeConversionException("a directory is needed");
    }
    return Path.of(text).toAbsolutePath();
  }
}
