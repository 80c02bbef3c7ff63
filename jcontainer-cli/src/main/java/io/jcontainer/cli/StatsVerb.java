package io.jcontainer.cli;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerStats;
import io.jcontainer.InvalidSpecException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The verb {@code stats}: what containers use, round by round. On a terminal each round is drawn
 * over the one before, as Docker does it.
 */
final class StatsVerb implements Verb {
  private static final String JSON = "json";
  private static final String TABLE = "table";

  /** To the corner; to the end of the line; what is below: ECMA-48. */
  private static final String HOME = "\033[H";

  private static final String REST_OF_LINE = "\033[K";
  private static final String REST_OF_SCREEN = "\033[J";

  private final Caller caller;
  private final Supplier<ContainerRuntime> runtime;
  private final PositionalParamSpec named = Handles.anyOperands();
  private final OptionSpec once =
      Options.flag("One round, which takes a second, and no more.", "--no-stream");
  private final OptionSpec format =
      OptionSpec.builder("--format")
          .paramLabel("table|json")
          .type(String.class)
          .converters(Options.oneOf(TABLE, JSON))
          .description("A table, or a line of JSON for each container. Default: table.")
          .build();
  private final OptionSpec interval =
      Options.value(
          Duration.class,
          DurationText::parse,
          "DURATION",
          "The time between two rounds. Default: 1s.",
          "--interval");
  private final Map<String, ContainerStats> before = new HashMap<>();

  StatsVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec stats = CommandSpec.create().name("stats");
    stats.addOption(once).addOption(format).addOption(interval).addPositional(named);
    stats
        .usageMessage()
        .customSynopsis("jcontainer stats [OPTIONS] [CONTAINER...]")
        .description(
            "Shows what containers of this user use, until they have ended: those that are named,"
                + " or all that run. Only those that were started with a limit, or with --cgroups=enabled,"
                + " are counted.")
        .footer(
            "",
            "Memory is that without the part of the page cache that has not been used for long."
                + " 100% are one processor.");
    return stats;
  }

  @Override
  public int run() {
    long nanos = Options.<Duration>get(interval).orElse(Duration.ofSeconds(1)).toNanos();
    List<String> names = Options.<List<String>>get(named).orElse(List.of());
    boolean drawn = caller.isSeen() && !json() && !Options.given(once);
    try (ContainerRuntime all = runtime.get()) {
      List<ContainerHandle> chosen = names.stream().map(name -> Handles.find(all, name)).toList();
      List<StatsRow> rows = round(chosen, all, names.isEmpty());
      long next = System.nanoTime();
      while (!rows.isEmpty() || (names.isEmpty() && !Options.given(once))) {
        next += nanos;
        await(next);
        rows = round(chosen, all, names.isEmpty());
        if (!print(rows, drawn) || Options.given(once)) {
          break;
        }
      }
    }
    return ExitCode.OK;
  }

  private boolean json() {
    return Options.get(format).filter(JSON::equals).isPresent();
  }

  /** Of those that have not ended. */
  private List<StatsRow> round(List<ContainerHandle> chosen, ContainerRuntime all, boolean every) {
    List<StatsRow> rows = new ArrayList<>();
    for (ContainerHandle container : every ? all.containers() : chosen) {
      try {
        rows.add(row(container, every));
      } catch (ContainerGoneException e) {
        before.remove(container.id()); // it is not shown any more
      }
    }
    return rows;
  }

  private StatsRow row(ContainerHandle container, boolean every) {
    Optional<ContainerStats> now = Optional.empty();
    try {
      now = Optional.of(container.stats());
    } catch (InvalidSpecException e) {
      if (!every) {
        throw e;
      }
      // It has no cgroups, which is only an error of one that was asked for.
      if (!container.isAlive()) {
        throw new ContainerGoneException(container + " has ended");
      }
    }
    Optional<ContainerStats> earlier =
        now.map(stats -> Optional.ofNullable(before.put(container.id(), stats)))
            .orElse(Optional.empty());
    return new StatsRow(container.id(), container.name(), earlier, now);
  }

  /** Prints a round in one write; false if nobody reads it any more. */
  private boolean print(List<StatsRow> rows, boolean drawn) {
    Stream<String> lines =
        json()
            ? rows.stream().map(StatsJson::line)
            : Stream.concat(Stream.of(StatsTable.head()), rows.stream().map(StatsTable::line));
    StringBuilder text = new StringBuilder(drawn ? HOME : "");
    lines.forEach(line -> text.append(line).append(drawn ? REST_OF_LINE : "").append('\n'));
    byte[] bytes =
        text.append(drawn ? REST_OF_SCREEN : "").toString().getBytes(StandardCharsets.UTF_8);
    caller.out().write(bytes, 0, bytes.length);
    return !caller.out().checkError();
  }

  private static void await(long until) {
    try {
      TimeUnit.NANOSECONDS.sleep(until - System.nanoTime());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // nobody interrupts the main thread
    }
  }
}
