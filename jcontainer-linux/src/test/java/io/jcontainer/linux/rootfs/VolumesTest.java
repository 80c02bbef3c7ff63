package io.jcontainer.linux.rootfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class VolumesTest {
  private static final Path DIRECTORY = Path.of("/srv/root");

  private static ContainerSpec spec(Consumer<ContainerSpec.Builder> change) {
    ContainerSpec.Builder builder =
        ContainerSpec.builder().command("sh").rootfs(LayeredRootfs.directory(DIRECTORY));
    change.accept(builder);
    return builder.build();
  }

  /** What is made, in order. */
  private static List<String> made(ContainerSpec spec) {
    Steps steps = new Steps();
    Volumes.make(spec, new Target(new Slot("root")), steps);
    return steps.toPlan().describe().stream()
        .map(step -> step.call())
        .filter(call -> call.startsWith("mkdirat"))
        .map(call -> call.replaceAll("mkdirat\\(<(.*)>, \"(.*)\", .*", "$1/$2"))
        .toList();
  }

  @Test
  void nothing_is_made_unless_it_is_asked_for() {
    assertThat(Volumes.needed(spec(b -> b.cwd("/srv")))).isFalse();
    assertThat(made(spec(b -> b.cwd("/srv")))).isEmpty();
    assertThat(Volumes.needed(spec(b -> b.makeCwd(true)))).isFalse();
  }

  @Test
  void each_part_of_a_path_is_made_once() {
    ContainerSpec spec = spec(b -> b.volumes("/a/b", "/a/c").cwd("//a/./b/d/").makeCwd(true));

    assertThat(made(spec)).containsExactly("root/a", "parent/b", "parent/c", "parent/d");
    assertThat(Volumes.inMemory(spec)).isEmpty();
  }

  @Test
  void in_a_read_only_root_volumes_are_in_memory_and_the_working_directory_is_made() {
    ContainerSpec spec =
        spec(
            b ->
                b.rootfs(LayeredRootfs.directory(DIRECTORY).readOnly())
                    .volumes("/data")
                    .cwd("/srv")
                    .makeCwd(true));

    assertThat(Volumes.inMemory(spec)).containsExactly(Mount.tmpfs("/data").exec());
    assertThat(made(spec)).containsExactly("root/srv");
  }

  /** An image's wish must not make directories in one that the spec shares. */
  @Test
  void nothing_is_made_in_what_is_mounted() {
    for (LayeredRootfs rootfs :
        List.of(
            LayeredRootfs.directory(DIRECTORY), LayeredRootfs.directory(DIRECTORY).readOnly())) {
      ContainerSpec spec =
          spec(
              b ->
                  b.rootfs(rootfs)
                      .mount(Mount.bind(DIRECTORY, "/data").writable())
                      .volumes("/data", "/data/below")
                      .cwd("/data/made")
                      .makeCwd(true));

      assertThat(Volumes.needed(spec)).isFalse();
      assertThat(Volumes.inMemory(spec)).isEmpty();
      assertThat(made(spec)).isEmpty();
    }
    assertThat(made(spec(b -> b.mount(Mount.tmpfs("/data")).volumes("/database"))))
        .containsExactly("root/database");
  }

  @Test
  void no_working_directory_is_made_in_what_the_kernel_fills_or_by_way_of_dots() {
    for (String path :
        List.of("/", "/proc/self/fd/7", "/proc", "/sys/x", "/dev/x", "/a/../b", "/.")) {
      assertThat(made(spec(b -> b.cwd(path).makeCwd(true)))).as(path).isEmpty();
    }
  }
}
