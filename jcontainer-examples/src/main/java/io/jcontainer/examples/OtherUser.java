package io.jcontainer.examples;

import io.jcontainer.Capabilities;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Rlimit;

/** A command that is not root in its container. */
public final class OtherUser {
  private OtherUser() {}

  /**
   * Prints the names of its user and group, its home, its umask and its limit of descriptors.
   *
   * @param args none
   */
  public static void main(String... args) {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("sh", "-c", "id -un; id -gn; echo $HOME; umask; ulimit -n")
            .user("nobody")
            .capabilities(Capabilities.none())
            .process(p -> p.umask(077).rlimit(Rlimit.parse("nofile=64")))
            .build();
    try (ContainerRuntime runtime = ContainerRuntime.create();
        Container container = runtime.start(spec)) {
      System.out.print(container.stdout().readText());
    }
  }
}
