package io.jcontainer.linux;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.LayeredRootfs;

/** The main program of a JVM that has no {@code jcontainer-images}. */
final class WithoutImages {
  private WithoutImages() {}

  public static void main(String[] args) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      System.out.print(Finished.of(runtime, ContainerSpec.of("echo", "others start")).out());
      ContainerSpec spec =
          ContainerSpec.builder().rootfs(LayeredRootfs.image("alpine")).command("true").build();
      try {
        runtime.start(spec).close();
      } catch (HostUnsupportedException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
