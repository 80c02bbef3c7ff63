package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.StartFailedException;
import java.nio.file.Path;

/** What a program can do about each kind of failure. */
public final class Failures {
  private Failures() {}

  /**
   * Starts {@code true} in a directory, and says what is wrong.
   *
   * @param args the directory that is to be the root file system
   */
  public static void main(String... args) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      try {
        LayeredRootfs rootfs = LayeredRootfs.directory(Path.of(args[0]));
        ContainerSpec spec = ContainerSpec.builder().rootfs(rootfs).command("true").build();
        try (Container container = runtime.start(spec)) {
          System.out.println(container.waitFor());
        }
      } catch (InvalidSpecException e) {
        System.out.println("change " + e.field() + " of the spec: " + e.getMessage());
      } catch (HostUnsupportedException e) {
        System.out.println("not on this host: " + e.getMessage());
      } catch (StartFailedException e) {
        System.out.println(e.errno() + " from the " + e.step().actor() + ": " + e.step().call());
        e.hint().ifPresent(System.out::println);
      }
    }
  }
}
