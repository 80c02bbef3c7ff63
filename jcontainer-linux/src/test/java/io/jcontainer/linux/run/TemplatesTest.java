package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ByteSize;
import io.jcontainer.Capabilities;
import io.jcontainer.ClockOffsets;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.Rlimit;
import io.jcontainer.Scheduling;
import io.jcontainer.Stdio;
import io.jcontainer.Terminal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TemplatesTest {
  private static List<Object> shape(Consumer<ContainerSpec.Builder> change) {
    ContainerSpec.Builder builder = ContainerSpec.builder().command("true");
    change.accept(builder);
    return Templates.shape(ContainerPlansTest.request(builder.build()));
  }

  @Test
  void specs_that_differ_in_words_only_have_one_shape() {
    List<Object> shape = shape(spec -> {});

    assertThat(
            List.of(
                shape(spec -> spec.command("other", "a", "b")),
                shape(spec -> spec.env("A", "b").cwd("/tmp")),
                shape(spec -> spec.timeout(Duration.ofSeconds(1)).name("a-name")),
                shape(spec -> spec.stdout(Stdio.lines(line -> {}))),
                shape(spec -> spec.rootfs(LayeredRootfs.host()))))
        .allSatisfy(other -> assertThat(other).isEqualTo(shape).hasSameHashCodeAs(shape));
    assertThat(shape(spec -> spec.stdin(Stdio.from(Path.of("/a")))))
        .isEqualTo(shape(spec -> spec.stdin(Stdio.text("b"))));
  }

  @Test
  void whatever_else_is_different_makes_another_shape() {
    List<Consumer<ContainerSpec.Builder>> changes =
        List.of(
            spec -> {},
            spec -> spec.command("/bin/true"),
            spec -> spec.env("PATH", "/bin:/usr/bin"),
            spec -> spec.stdin(Stdio.NULL),
            spec -> spec.stdin(Stdio.text("")),
            spec -> spec.stdout(Stdio.NULL),
            spec -> spec.stderr(Stdio.NULL),
            spec -> spec.stderr(Stdio.STDOUT),
            spec -> spec.process(p -> p.descriptor(3, Stdio.NULL)),
            spec -> spec.process(p -> p.descriptor(4, Stdio.NULL)),
            spec -> spec.process(p -> p.umask(0)),
            spec -> spec.process(p -> p.rlimit(Rlimit.parse("nofile=64"))),
            spec -> spec.terminal(Terminal.DEFAULT),
            spec -> spec.terminal(new Terminal(1, 1)),
            spec -> spec.user("1"),
            spec -> spec.process(p -> p.groups("1")),
            spec -> spec.capabilities(Capabilities.none()),
            spec -> spec.process(p -> p.oomScoreAdj(1)),
            spec -> spec.process(p -> p.nice(1)),
            spec -> spec.process(p -> p.scheduling(Scheduling.idle())),
            spec -> spec.rootfs(LayeredRootfs.host().writable()),
            spec -> spec.rootfs(LayeredRootfs.host().writable(ByteSize.ofMebibytes(1))),
            spec -> spec.rootfs(LayeredRootfs.directory(Path.of("/srv/root"))),
            spec -> spec.mount(Mount.bind(Path.of("/srv/data"), "/data")),
            spec -> spec.maskedPaths("/etc/a"),
            spec -> spec.readOnlyPaths("/etc/a"),
            spec -> spec.hostname("a"),
            spec -> spec.domainname("a"),
            spec -> spec.init(true),
            spec -> spec.namespaces(ns -> ns.network(Namespace.host())),
            spec -> spec.namespaces(ns -> ns.clockOffsets(ClockOffsets.of(Duration.ofDays(1)))));
    Set<List<Object>> shapes = new HashSet<>();
    for (Consumer<ContainerSpec.Builder> change : changes) {
      shapes.add(shape(change));
    }

    assertThat(shapes).hasSameSizeAs(changes);
  }
}
