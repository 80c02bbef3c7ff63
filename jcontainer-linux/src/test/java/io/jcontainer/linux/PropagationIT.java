package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerInput;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Mount;
import io.jcontainer.Propagation;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a container sees of mounts that come later on the host: in a mount namespace of its own. */
@Timeout(60)
@LeakChecked
@RequiresHost({Feature.ROOT, Feature.USER_NAMESPACES})
class PropagationIT {

  /** The JVM in that mount namespace. */
  static final class MountsLater {
    public static void main(String[] arguments) throws Exception {
      Path shared = Path.of(arguments[0]);
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("sh", "-c", "echo ready; read line; cat /proc/self/mountinfo")
              .mount(
                  Mount.bind(shared, "/slave").propagation(Propagation.SLAVE),
                  Mount.bind(shared, "/private"))
              .build();
      try (ContainerRuntime runtime = ContainerRuntime.create();
          Container container = runtime.start(spec)) {
        container.stdout().readNBytes(6);
        Process mount =
            new ProcessBuilder("mount", "-t", "tmpfs", "late", shared.resolve("sub").toString())
                .inheritIO()
                .start();
        if (mount.waitFor() != 0) {
          throw new IllegalStateException("cannot mount");
        }
        try (ContainerInput stdin = container.stdin()) {
          stdin.writeText("go on\n");
        }
        System.out.print(container.stdout().readText());
      }
    }
  }

  @Test
  void a_slave_mount_follows_the_host_and_all_others_stay_as_they_were(
      @HostRootedTempDir Path directory) throws Exception {
    List<String> mounts = mountsSeenInside(directory);

    assertThat(mounts).filteredOn(line -> line.contains(" late ")).hasSize(1);
    assertThat(mounts)
        .filteredOn(line -> line.contains(" - tmpfs late "))
        .allMatch(line -> line.contains(" /slave/sub "));
    assertThat(mounts)
        .filteredOn(line -> !line.contains(" /slave"))
        .isNotEmpty()
        .noneMatch(line -> line.contains(" master:") || line.contains(" shared:"));
  }

  private static List<String> mountsSeenInside(Path directory)
      throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String script =
        "mount -t tmpfs shared $0 && mount --make-shared $0 && mkdir $0/sub && exec \"$@\"";
    Process jvm =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                script,
                directory.toString(),
                java,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                MountsLater.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      String out = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(jvm.waitFor()).isZero();
      assertThat(directory).isEmptyDirectory();
      return out.lines().toList();
    } finally {
      jvm.destroyForcibly().waitFor();
    }
  }
}
