package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.HostReport;

/**
 * Where the {@code jcontainer} command begins.
 *
 * @since 0.1.0
 */
public final class Main {
  private Main() {}

  /**
   * Runs the command and ends the JVM with its exit code.
   *
   * @param args what the user typed; {@code --help} says what is possible
   */
  public static void main(String... args) {
    Caller caller = new Caller(System.getenv(), System.out, System.err);
    System.exit(new Jcontainer(caller, ContainerRuntime::create, HostReport::probe).run(args));
  }
}
