package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MountTest {
  private static final Path SRV = Path.of("/srv");

  private static ContainerSpec with(Mount... mounts) {
    return ContainerSpec.builder().command("true").mount(mounts).build();
  }

  @Test
  void the_defaults_are_the_safe_ones() {
    Mount.Bind bind = Mount.bind(SRV, "/data");
    assertThat(bind.readOnly()).isTrue();
    assertThat(bind.mapsIds()).isFalse();
    assertThat(bind.propagation()).isEqualTo(Propagation.PRIVATE);

    Mount.Tmpfs tmpfs = Mount.tmpfs("/cache");
    assertThat(tmpfs.allowsExec()).isFalse();
    assertThat(tmpfs.size()).isEqualTo(ByteSize.ofMebibytes(64));
    assertThat(tmpfs.mode()).isEqualTo(01777);

    assertThat(Mount.file("/f", "x").mode()).isEqualTo(0644);
    assertThat(Mount.device(Path.of("/dev/fuse")).target()).isEqualTo("/dev/fuse");
  }

  @Test
  void options_add_up() {
    assertThat(Mount.bind(SRV, "/d").writable().noexec().idmapped().propagation(Propagation.SLAVE))
        .isEqualTo(new Mount.Bind(SRV, "/d", false, false, true, Propagation.SLAVE));
    assertThat(Mount.tmpfs("/t").exec().mode(0700).size(ByteSize.ofMebibytes(1)))
        .isEqualTo(new Mount.Tmpfs("/t", ByteSize.ofMebibytes(1), 0700, true));
  }

  @Test
  void a_file_in_memory_is_a_value_that_keeps_its_secret() {
    byte[] content = {1, 2, 3};
    Mount.InMemoryFile file = Mount.file("/f", content);
    content[0] = 9;
    file.content()[1] = 9;

    assertThat(file.content()).containsExactly(1, 2, 3);
    assertThat(file).isEqualTo(Mount.file("/f", new byte[] {1, 2, 3})).hasSameHashCodeAs(file);
    assertThat(file).isNotEqualTo(file.mode(0400)).isNotEqualTo(Mount.file("/g", "x"));
    assertThat(Mount.file("/f", "s3cret")).hasToString("6 bytes at /f");
  }

  @Test
  void a_spec_keeps_its_mounts_and_paths() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("true")
            .mount(Mount.tmpfs("/a"), Mount.tmpfs("/a/b"))
            .mount(Mount.bind(SRV, "/c"))
            .maskedPaths("/proc/version", "/c/secret")
            .readOnlyPaths("/a")
            .build();

    for (ContainerSpec each : List.of(spec, spec.toBuilder().build())) {
      assertThat(each.mounts()).extracting(Mount::target).containsExactly("/a", "/a/b", "/c");
      assertThat(each.maskedPaths()).containsExactly("/proc/version", "/c/secret");
      assertThat(each.readOnlyPaths()).containsExactly("/a");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/proc/uptime",
        "/proc/meminfo",
        "/proc/slabinfo",
        "/dev/x",
        "/dev/shm",
        "/processes",
        "/a/..b",
        "/\u00fc"
      })
  void these_targets_are_good(String target) {
    assertThatCode(() -> with(Mount.tmpfs(target))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "./a",
        "/",
        "//",
        "/a/",
        "/a//b",
        "/a/../b",
        "/..",
        "/a/.",
        "/.",
        "/a\0b",
        "/\ud83d",
        "/proc",
        "/proc/self/attr",
        "/proc/sys",
        "/proc/cpuinfo/x",
        "/sys",
        "/sys/fs/cgroup",
        "/dev"
      })
  void these_targets_are_refused(String target) {
    assertThatThrownBy(() -> with(Mount.tmpfs(target)))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("mounts: ");
  }

  private static Arguments bad(String field, String says, Consumer<ContainerSpec.Builder> change) {
    return Arguments.of(field, says, change);
  }

  static Stream<Arguments> badSpecs() {
    return Stream.of(
        bad("mounts", "not an absolute path", b -> b.mount(Mount.bind(Path.of("srv"), "/a"))),
        bad("mounts", "not an absolute path", b -> b.mount(Mount.device(Path.of("dev"), "/a"))),
        bad("mounts", "two mounts at /a", b -> b.mount(Mount.tmpfs("/a"), Mount.file("/a", ""))),
        bad(
            "mounts",
            "below the file /a",
            b -> b.mount(Mount.file("/a", ""), Mount.tmpfs("/a/b/c"))),
        bad("mounts", "0 bytes", b -> b.mount(Mount.tmpfs("/a").size(ByteSize.ofBytes(0)))),
        bad("mounts", "between 0 and 07777", b -> b.mount(Mount.tmpfs("/a").mode(010000))),
        bad("mounts", "between 0 and 07777", b -> b.mount(Mount.tmpfs("/a").mode(-1))),
        bad("mounts", "between 0 and 0777", b -> b.mount(Mount.file("/a", "").mode(04755))),
        bad(
            "mounts",
            "more than 4m",
            b -> b.mount(Mount.file("/a", new byte[4 << 20]), Mount.file("/b", "x"))),
        bad("mounts", "more than 255 bytes", b -> b.mount(Mount.tmpfs("/" + "x".repeat(256)))),
        bad(
            "mounts",
            "more than 4095 bytes",
            b -> b.mount(Mount.tmpfs(("/" + "x".repeat(200)).repeat(21)))),
        bad("maskedPaths", "not an absolute path", b -> b.maskedPaths("etc")),
        bad("maskedPaths", "the root file system", b -> b.maskedPaths("/")),
        bad("readOnlyPaths", "has an empty part", b -> b.readOnlyPaths("/a/../b")),
        bad("readOnlyPaths", "own mount namespace", b -> joined(b).readOnlyPaths("/a")),
        bad("maskedPaths", "own mount namespace", b -> joined(b).maskedPaths("/a")),
        bad("mounts", "own mount namespace", b -> joined(b).mount(Mount.tmpfs("/a"))));
  }

  private static ContainerSpec.Builder joined(ContainerSpec.Builder builder) {
    return builder.namespaces(ns -> ns.mount(Namespace.ofProcess(1)));
  }

  @ParameterizedTest
  @MethodSource("badSpecs")
  void what_is_wrong_on_any_host_is_refused(
      String field, String says, Consumer<ContainerSpec.Builder> change) {
    ContainerSpec.Builder builder = ContainerSpec.builder().command("true");
    change.accept(builder);

    assertThatThrownBy(builder::build)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field))
        .hasMessageContaining(says);
  }
}
