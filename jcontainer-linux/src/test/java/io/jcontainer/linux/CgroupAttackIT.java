package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ByteSize;
import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ContainerStats;
import io.jcontainer.Signal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.ProcFs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a container's processes try to get rid of their limits, or to do more than they may. */
@Timeout(300)
class CgroupAttackIT extends WithLimits {
  /** Tries to write into all files below a directory, as anybody with a grudge would. */
  private static final String WRITE_ALL =
      """
      write_all() {
        for file in $(find "$1" -type f 2>/dev/null); do
          case $file in */cgroup.kill) continue;; esac # which would only end this
          for value in max -1 1 0; do
            (echo $value >"$file") 2>/dev/null && echo "wrote $value to $file"
          done
        done
        (mkdir "$1/made") 2>/dev/null && echo "made $1/made"
      }
      """;

  /** Mounts file systems of cgroups wherever it may, and writes into them. */
  private static final String MOUNT_ALL =
      """
      mount_all() {
        mkdir -p /tmp/m
        for options in "cgroup2" "cgroup -o memory" "cgroup -o pids" "cgroup -o cpu" \
            "cgroup -o cpuacct" "cgroup -o cpu,cpuacct" "cgroup -o freezer" "cgroup -o devices" \
            "cgroup -o blkio" "cgroup -o cpuset" "cgroup -o none,name=systemd"; do
          mount -t $options none /tmp/m 2>/dev/null || continue
          echo "mounted $options"
          write_all /tmp/m
          (echo /tmp/agent >/tmp/m/release_agent) 2>/dev/null && echo "wrote a release_agent"
          (echo 0 >/tmp/m/../m/cgroup.procs) 2>/dev/null && echo "moved itself"
          umount /tmp/m
        done
      }
      """;

  private static final String ATTACK = WRITE_ALL + MOUNT_ALL;

  private static ContainerSpec attacker(String script) {
    return limited(ATTACK + script, limits -> limits.memory("64m").pids(30).cpus(0.9));
  }

  // --- through its own view ----------------------------------------------------------

  /**
   * As a delegated user, who owns the files, it was seen to write into all of them where {@code
   * CgroupMounts} did not mount read-only; as root, the files are those of the host's root.
   */
  @Test
  void its_own_view_is_there_and_cannot_be_written_to() {
    Finished finished =
        run(attacker("find /sys/fs/cgroup -type f | head -n 1; write_all /sys/fs/cgroup; :"));

    assertThat(finished.expectedOut().lines())
        .singleElement()
        .asString()
        .startsWith("/sys/fs/cgroup/");
  }

  /** The same was seen here. */
  @Test
  void what_could_be_made_writable_again_with_sys_admin_cannot() {
    ContainerSpec spec =
        attacker(
                """
                for mount in $(cut -d' ' -f5 /proc/self/mountinfo | grep ^/sys | sort -r); do
                  mount -o remount,rw,bind "$mount" 2>/dev/null && echo "remounted $mount"
                  mount -o remount,rw "$mount" 2>/dev/null && echo "remounted $mount"
                done
                write_all /sys/fs/cgroup
                for mount in $(cut -d' ' -f5 /proc/self/mountinfo | grep ^/sys | sort -r); do
                  umount "$mount" 2>/dev/null && echo "unmounted $mount"
                done
                :
                """)
            .toBuilder()
            .capabilities(Capabilities.defaults().with(Capability.SYS_ADMIN))
            .build();

    assertThat(run(spec).expectedOut()).isEmpty();
  }

  // --- through mounts of its own --------------------------------------------------------

  /** A namespace of users of its own gives it all capabilities there. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "unshare -Urm sh -c \"$0\"",
        "unshare -Urm --cgroup sh -c \"$0\"",
        "unshare -Urm --cgroup unshare -Um --cgroup sh -c \"$0\"",
      })
  void mounts_of_its_own_change_no_limit(String namespaces) {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("sh", "-c", namespaces + "; cat", ATTACK + "mount_all; echo done")
            .limits(limits -> limits.memory("64m").pids(30).cpus(0.9))
            .build();
    Map<Path, String> before = releaseAgents();
    try (Container container = runtime.start(spec)) {
      List<String> said = linesUntil(container, "done");
      System.out.println("CgroupAttackIT: " + new TreeSet<>(said));

      assertUnchanged(container);
      assertThat(said).doesNotContain("wrote a release_agent");
      assertThat(releaseAgents()).isEqualTo(before);
    }
  }

  @Test
  void sys_admin_in_the_container_changes_no_limit() {
    ContainerSpec spec =
        attacker("mount_all; unshare -m --cgroup sh -c \"$0\"; echo done; exec cat").toBuilder()
            .command(
                "sh",
                "-c",
                ATTACK + "mount_all; unshare -m --cgroup sh -c \"$0\"; cat",
                ATTACK + "mount_all; echo done")
            .capabilities(Capabilities.defaults().with(Capability.SYS_ADMIN))
            .build();
    Map<Path, String> before = releaseAgents();
    try (Container container = runtime.start(spec)) {
      List<String> said = linesUntil(container, "done");
      System.out.println("CgroupAttackIT: " + new TreeSet<>(said));

      assertUnchanged(container);
      assertThat(said).doesNotContain("wrote a release_agent");
      assertThat(releaseAgents()).isEqualTo(before);
    }
  }

  private static void assertUnchanged(Container container) {
    ContainerStats stats = container.stats();
    assertThat(stats.memory().orElseThrow().limit()).contains(ByteSize.ofMebibytes(64));
    assertThat(stats.pids().orElseThrow().limit()).isEqualTo(OptionalLong.of(30));
    String quota = lines(file(container, "cpu.max", "cpu.cfs_quota_us")).get(0);
    assertThat(quota).isIn("90000 100000", "90000");
    assertThat(container.isPaused()).isFalse();
    assertThat(lines(Path.of("/proc/" + container.pid() + "/cgroup")))
        .filteredOn(line -> line.contains("/" + container.id()))
        .hasSameSizeAs(directories(container))
        .isNotEmpty();
  }

  private static List<String> linesUntil(Container container, String last) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    try {
      while (!lines.contains(last)) {
        int next = container.stdout().read();
        if (next < 0) {
          throw new AssertionError(lines + container.stderr().readText());
        } else if (next == '\n') {
          lines.add(line.toString());
          line.setLength(0);
        } else {
          line.append((char) next);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  /** Only v1 has them: one at the root of each hierarchy. */
  private static Map<Path, String> releaseAgents() {
    Map<Path, String> agents = new TreeMap<>();
    ProcFs.mounts(ProcFs.ownPid()).stream()
        .filter(mount -> mount.type().equals("cgroup"))
        .map(mount -> Path.of(mount.mountPoint()).resolve("release_agent"))
        .filter(Files::isReadable)
        .forEach(file -> agents.put(file, String.join("\n", lines(file))));
    return agents;
  }

  // --- through what it was given -------------------------------------------------------

  @Test
  void no_descriptor_of_a_cgroup_comes_with_its_processes() {
    String list = "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -i cgroup; echo listed";
    ContainerSpec spec =
        limited("exec cat", limits -> limits.pids(30)).toBuilder().init(true).build();
    try (Container container = runtime.start(spec);
        ContainerProcess process = container.exec("sh", "-c", list)) {
      assertThat(process.stdout().readText()).isEqualTo("listed\n");
    }
    assertThat(sh("ls /proc/self/fd").expectedOut()).isEqualTo("0\n1\n2\n3\n"); // 3 is of ls
    assertThat(run(limited("ls /proc/self/fd", limits -> limits.pids(9))).expectedOut())
        .isEqualTo("0\n1\n2\n3\n");
  }

  // --- by many cgroups of its own -------------------------------------------------------

  /**
   * Whoever owns the container's cgroup may make others below it: the ordinary user of a delegated
   * subtree, who is root in there.
   */
  private static String inOwnMount(String script) {
    return "unshare -Urm --cgroup sh -c 'mkdir -p /tmp/m && mount -t cgroup2 none /tmp/m && cd /tmp/m && { "
        + script
        + "; }'; echo done; exec cat";
  }

  private void assertGone(String script) {
    List<Path> directories;
    try (Container container = runtime.start(attacker(inOwnMount(script)))) {
      List<String> said = linesUntil(container, "done");
      System.out.println("CgroupAttackIT: " + new TreeSet<>(said));
      directories = directories(container);
      if (Feature.CGROUP_V2.available() && Feature.ORDINARY_USER.available()) {
        assertThat(said).contains("made"); // so it is an attack
      }
    }
    assertThat(directories).isNotEmpty().noneMatch(Files::exists);
  }

  @Test
  void many_cgroups_beside_each_other_go_with_it() {
    assertGone(
        "i=0; while [ $i -lt 300 ] && mkdir $i 2>/dev/null; do echo made; i=$((i + 1)); done");
  }

  private static final String NAME = "x".repeat(200);

  /**
   * Their path is longer than what a system call takes. As a delegated user, they were seen to stay
   * where {@code RuntimeDirectoryV2} did not limit the depth.
   */
  @Test
  void a_deep_chain_of_cgroups_goes_with_it() {
    // A shell would change to where it believes to be, by a path.
    assertGone(
        "perl -e \"for (1..60) { mkdir q(%s) or last; chdir q(%s) or last; print qq(made\\\\n) }\""
            .formatted(NAME, NAME));
  }

  @Test
  void one_that_freezes_itself_can_be_killed() {
    ContainerSpec spec =
        attacker(
            "unshare -Urm --cgroup sh -c 'mkdir -p /tmp/m && mount -t cgroup2 none /tmp/m && mkdir /tmp/m/cold"
                + " && echo 1 >/tmp/m/cold/cgroup.procs && echo 0 >/tmp/m/cold/cgroup.procs"
                + " && echo done && echo 1 >/tmp/m/cold/cgroup.freeze'; echo done; exec cat");
    try (Container container = runtime.start(spec)) {
      linesUntil(container, "done");
      container.kill();
      assertThat(container.waitFor(LONG).orElseThrow().signal()).contains(Signal.KILL);
    }
  }
}
