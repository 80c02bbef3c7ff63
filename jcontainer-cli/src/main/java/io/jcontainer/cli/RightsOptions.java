package io.jcontainer.cli;

import static io.jcontainer.cli.Options.use;
import static io.jcontainer.cli.Options.useEach;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Rlimit;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;

/** What the command of {@code run} may do, and how much it may take. */
final class RightsOptions {
  private final OptionSpec add =
      Options.texts(
          "CAP", "A capability beyond the usual, or ALL; see capabilities(7).", "--cap-add");
  private final OptionSpec drop = Options.texts("CAP", "A capability less, or ALL.", "--cap-drop");
  private final OptionSpec ulimits =
      Options.list(
          Rlimit.class,
          Rlimit::parse,
          "NAME=SOFT[:HARD]",
          "A resource limit, such as nofile=1024 or core=0; see getrlimit(2).",
          "--ulimit");
  private final OptionSpec oomScoreAdj =
      Options.value(
          Integer.class,
          Integer::valueOf,
          "SCORE",
          "From -1000 (never) to 1000 (first) when memory is short.",
          "--oom-score-adj");

  List<OptionSpec> options() {
    return List.of(add, drop, ulimits, oomScoreAdj);
  }

  /** Says what was given. As with Docker, what is added wins over ALL that is dropped. */
  void describe(ProcessSpec.Builder process) {
    List<String> more = Options.<List<String>>get(add).orElse(List.of());
    List<String> less = Options.<List<String>>get(drop).orElse(List.of());
    if (!more.isEmpty() || !less.isEmpty()) {
      Capabilities granted =
          less.stream().anyMatch("ALL"::equalsIgnoreCase)
              ? Capabilities.none()
              : Capabilities.defaults();
      for (String name : more) {
        granted = granted.with(Capability.parse(name));
      }
      for (String name : less) {
        granted = name.equalsIgnoreCase("ALL") ? granted : granted.without(Capability.parse(name));
      }
      process.capabilities(granted);
    }
    useEach(ulimits, process::rlimit);
    use(oomScoreAdj, process::oomScoreAdj);
  }
}
