package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jcontainer.ContainerSpec;
import io.jcontainer.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A JVM in a container sizes itself by the container's limits: it finds them by its mounts and by
 * /proc/self/cgroup.
 */
@Tag("every-jdk")
@Timeout(300)
class JvmInContainerIT extends WithLimits {
  private static final Path INSTALLED = Path.of("/usr/lib/jvm");
  private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"([0-9]+)");
  private static final int OLDEST = 17;

  /** The JDK of this JVM, and those that are installed beside it. */
  static SortedSet<Path> jdks() throws IOException {
    SortedSet<Path> jdks = new TreeSet<>();
    jdks.add(Path.of(System.getProperty("java.home")).toRealPath());
    if (Files.isDirectory(INSTALLED)) {
      try (Stream<Path> all = Files.list(INSTALLED)) {
        for (Path jdk : (Iterable<Path>) all::iterator) {
          if (version(jdk) >= OLDEST) {
            jdks.add(jdk.toRealPath());
          }
        }
      }
    }
    return jdks;
  }

  private static int version(Path jdk) throws IOException {
    Path release = jdk.resolve("release");
    if (!Files.isReadable(release) || !Files.isExecutable(jdk.resolve("bin/java"))) {
      return 0;
    }
    Matcher version = VERSION.matcher(Files.readString(release));
    return version.find() ? Integer.parseInt(version.group(1)) : 0;
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void takes_the_containers_limits_for_the_machines(Path jdk) throws IOException {
    assumeTrue(
        version(jdk) > 21 || lines(Path.of("/proc/cgroups")).toString().contains("cpuset"),
        "this kernel has no cpuset, without which older JVMs do not believe in cgroups");
    ContainerSpec spec =
        ContainerSpec.builder()
            .mount(Mount.bind(jdk, "/jdk"))
            .command(
                "/jdk/bin/java",
                "-XX:MaxRAMPercentage=50",
                "-XX:+PrintFlagsFinal",
                "-XshowSettings:system",
                "-version")
            .limits(limits -> limits.memory("256m").cpus(1).pids(77))
            .build();
    Finished java = run(spec);

    assertThat(java.exit().isSuccess()).as(java.toString()).isTrue();
    assertThat(java.out()).containsPattern("MaxHeapSize += " + (128 << 20) + " ");
    assertThat(java.err())
        .containsPattern("Effective CPU Count: 1\\n")
        .containsPattern("CPU Quota: 100000us")
        .containsPattern("Memory Limit: 256.00M\\n")
        .containsPattern("Maximum Processes Limit: 77\\n");
  }
}
