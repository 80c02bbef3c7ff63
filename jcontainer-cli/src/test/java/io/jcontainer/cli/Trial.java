package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ContainerSpec;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The command inside this JVM, with a fake runtime and captured output. */
final class Trial {
  final FakeRuntime runtime = new FakeRuntime();
  boolean terminal;
  boolean typed;
  InputStream in = InputStream.nullInputStream();
  Optional<String> cgroupParent = Optional.empty();
  final Map<String, String> env = new LinkedHashMap<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  int run(String... args) {
    return new Jcontainer(caller(), runtimes(), () -> runtime.host).run(args);
  }

  private Runtimes runtimes() {
    return (parent, images) -> {
      cgroupParent = parent;
      return runtime;
    };
  }

  Caller caller() {
    return new Caller(
        env,
        in,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        descriptor -> descriptor == 0 ? typed : terminal);
  }

  /** Runs what is expected to start one container. */
  ContainerSpec specOf(String... args) {
    assertThat(run(args)).as(err.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(runtime.started).hasSize(1);
    return runtime.started.get(0);
  }

  /** What a call prints that succeeds and needs no runtime: a JVM of its own would take longer. */
  static String inside(Map<String, String> env, String... args) {
    Trial trial = new Trial();
    trial.env.putAll(env);
    assertThat(trial.run(args)).as(trial.err()).isZero();
    return trial.out();
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
