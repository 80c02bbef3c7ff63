package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.HostReport;
import io.jcontainer.RuntimeOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Where the {@code jcontainer} command begins.
 *
 * @since 0.1.0
 */
public final class Main {
  /** The verbs that start something, and have to be quick. */
  private static final Set<String> EARLY = Set.of("run", "exec");

  private Main() {}

  /**
   * Runs the command and ends the JVM with its exit code.
   *
   * @param args what the user typed; {@code --help} says what is possible
   */
  public static void main(String... args) {
    Caller caller =
        new Caller(System.getenv(), System.in, System.out, System.err, Screen::isTerminal);
    System.exit(new Jcontainer(caller, runtime(caller, args), HostReport::probe).run(args));
  }

  /** What is asked for messages in detail, and of places, must be known before one is made. */
  private static Runtimes runtime(Caller caller, String... args) {
    List<String> words = List.of(args);
    boolean early =
        !words.isEmpty()
            && EARLY.contains(words.get(0))
            && !words.contains("--debug")
            && words.stream().noneMatch(Main::tellsPlace)
            && !caller.debugs();
    // There is no second start that could use what was made in advance. The JVM is nobody's but the
    // command's, so it may be moved to another cgroup.
    RuntimeOptions options =
        withImages(
            RuntimeOptions.defaults().withoutPreparation().withCgroupDelegation(true),
            caller.env().containsKey(ImageOption.VARIABLE)
                ? ImageOption.variable(caller.env())
                : Optional.empty());
    Supplier<ContainerRuntime> maker = () -> ContainerRuntime.create(options);
    Supplier<ContainerRuntime> usual = early ? EarlyRuntime.begin(maker) : maker;
    return (parent, images) -> {
      if (parent.isEmpty() && images.isEmpty()) {
        return usual.get();
      }
      RuntimeOptions changed = withImages(options, images);
      return ContainerRuntime.create(
          parent.isPresent() ? changed.withCgroupParent(parent.get()) : changed);
    };
  }

  private static RuntimeOptions withImages(RuntimeOptions options, Optional<Path> images) {
    return images.isPresent() ? options.withImageDirectory(images.get()) : options;
  }

  private static boolean tellsPlace(String word) {
    return word.startsWith("--cgroup-parent") || word.startsWith("--images");
  }
}
