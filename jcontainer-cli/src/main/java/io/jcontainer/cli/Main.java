package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.HostReport;
import io.jcontainer.RuntimeOptions;
import java.util.List;
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
    Caller caller = new Caller(System.getenv(), System.out, System.err);
    System.exit(new Jcontainer(caller, runtime(caller, args), HostReport::probe).run(args));
  }

  /** What is asked for messages in detail must be known before a runtime is made. */
  private static Supplier<ContainerRuntime> runtime(Caller caller, String... args) {
    List<String> words = List.of(args);
    boolean early =
        !words.isEmpty()
            && EARLY.contains(words.get(0))
            && !words.contains("--debug")
            && !caller.debugs();
    // There is no second start that could use what was made in advance.
    Supplier<ContainerRuntime> maker =
        () -> ContainerRuntime.create(RuntimeOptions.defaults().withoutPreparation());
    return early ? EarlyRuntime.begin(maker) : maker;
  }
}
