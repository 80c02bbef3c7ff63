package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.RequiresHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One call of the command runs a container with limits, and others watch and change it. */
@Timeout(120)
@RequiresHost({Feature.USER_NAMESPACES, Feature.CGROUPS})
class LimitIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String name = "limits-" + UUID.randomUUID();
  private final List<Process> running = new ArrayList<>();

  private Process start(String... options) throws Exception {
    List<String> line = new ArrayList<>(List.of("run", "--name", name));
    line.addAll(List.of(options));
    line.addAll(List.of("--", "sh", "-c", "echo ready; sleep 100 & wait"));
    Process run =
        Cli.process(Map.of(), line.toArray(String[]::new))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    running.add(run);
    BufferedReader out =
        new BufferedReader(new InputStreamReader(run.getInputStream(), StandardCharsets.UTF_8));
    assertThat(out.readLine()).isEqualTo("ready");
    return run;
  }

  @AfterEach
  void end() throws Exception {
    for (Process each : running) {
      each.destroyForcibly().waitFor();
    }
  }

  @Test
  void a_command_that_wants_more_memory_than_it_may_have_is_killed_and_says_so() {
    Finished hog = Cli.run("run", "-m", "32m", "--", "tail", "/dev/zero");

    assertThat(hog)
        .isEqualTo(
            new Finished(
                137, "", "jcontainer: killed by the kernel, as it could get no more memory\n"));
  }

  @Test
  void a_command_that_wants_more_processes_than_it_may_have_gets_none() {
    Finished bomb =
        Cli.run("run", "--pids-limit", "3", "--", "sh", "-c", "sleep 9 & sleep 9 & sleep 9 & wait");

    assertThat(bomb.code()).isNotZero();
    assertThat(bomb.err()).containsIgnoringCase("fork");
  }

  @Test
  void stats_tell_what_it_uses_and_what_it_may() throws Exception {
    start("-m", "64m", "--pids-limit", "20");

    Finished table = Cli.run("stats", "--no-stream", "--interval", "10ms", name);
    assertThat(table.out().lines().toList()).hasSize(2);
    assertThat(table.out()).contains("/ 64MiB");
    Finished json = Cli.run("stats", "--no-stream", "--interval", "10ms", "--format", "json", name);
    assertThat(json.out())
        .contains("\"limit\": 67108864", "\"pids\": {\"current\": 2, \"limit\": 20}")
        .contains("\"name\": \"" + name + "\"");
  }

  @Test
  void it_stands_still_while_it_is_paused_and_dies_all_the_same() throws Exception {
    Process run = start("--cgroups=enabled");

    assertThat(Cli.run("pause", name)).isEqualTo(new Finished(0, name + "\n", ""));
    assertThat(status()).isEqualTo("paused");
    assertThat(Cli.run("unpause", name)).isEqualTo(new Finished(0, name + "\n", ""));
    assertThat(status()).isEqualTo("running");
    assertThat(Cli.run("pause", name).code()).isZero();
    assertThat(Cli.run("kill", name).code()).isZero();
    assertThat(run.waitFor()).isEqualTo(137);
  }

  private String status() {
    return Cli.run("ps")
        .out()
        .lines()
        .filter(line -> line.endsWith(name))
        .findFirst()
        .map(line -> line.contains(" paused ") ? "paused" : "running")
        .orElse("absent");
  }

  @Test
  void its_limits_change_while_it_runs_all_or_none() throws Exception {
    start("-m", "64m");

    assertThat(Cli.run("update", "-m", "96m", "--pids-limit=30", name))
        .isEqualTo(new Finished(0, name + "\n", ""));
    assertThat(limits()).contains("\"limit\": " + (96 << 20), "\"limit\": 30}");
    Finished refused = Cli.run("update", "-m", "128m", "--cpuset-cpus", "99999", name);
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.err()).contains("limits.cpuset");
    assertThat(limits()).contains("\"limit\": " + (96 << 20));
  }

  private String limits() {
    return Cli.run("stats", "--no-stream", "--interval", "1ms", "--format", "json", name).out();
  }

  @Test
  void events_tell_when_it_is_frozen_and_end_with_it() throws Exception {
    Process run = start("--cgroups=enabled");
    Process events = Cli.process(Map.of(), "events", name).start();
    running.add(events);
    BufferedReader out =
        new BufferedReader(new InputStreamReader(events.getInputStream(), StandardCharsets.UTF_8));

    CompletableFuture<String> line = CompletableFuture.supplyAsync(() -> read(out));
    // When it listens is not to be seen: some it may have missed.
    boolean told =
        Poll.until(
            PATIENCE,
            () -> {
              Cli.run("pause", name);
              Cli.run("unpause", name);
              return line.isDone();
            });
    assertThat(told).isTrue();
    assertThat(line.join())
        .matches(
            "\\S+Z container (frozen|thawed) [0-9a-f]{12} \\(name=" + name + ", count=\\d+\\)");
    Cli.run("kill", name);
    run.waitFor();
    assertThat(events.waitFor()).isZero();
  }

  private static String read(BufferedReader out) {
    try {
      return out.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void top_lists_its_processes_and_those_that_have_joined_it() throws Exception {
    start();

    Process joined = Cli.process(Map.of(), "exec", name, "sleep", "101").start();
    running.add(joined);
    assertThat(Poll.until(PATIENCE, () -> Cli.run("top", name).out().contains("sleep 101")))
        .isTrue();
    assertThat(Cli.run("top", name).out())
        .startsWith("PID ")
        .contains(" sh -c echo ready; ", " sleep 100\n");
  }

  @Test
  void one_without_limits_is_told_to_have_none() throws Exception {
    start();

    Finished stats = Cli.run("stats", name);
    assertThat(stats.code()).isEqualTo(125);
    assertThat(stats.err()).contains("has no cgroups of its own");
  }
}
