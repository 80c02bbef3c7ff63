package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The root file system of the host's programs: what of the host it shows, and what it does not. */
@Timeout(60)
class HostRootfsIT extends WithRuntime {

  private static ContainerSpec writable(String script) {
    return ContainerSpec.builder()
        .rootfs(LayeredRootfs.host().writable())
        .command("sh", "-c", script)
        .build();
  }

  @Test
  void only_system_directories_are_there() {
    List<String> names = sh("ls -A /").expectedOut().lines().toList();

    assertThat(names)
        .contains("usr", "etc", "proc", "sys", "dev", "root", "run", "tmp", "var")
        .isSubsetOf(
            "bin dev etc lib lib32 lib64 libx32 proc root run sbin sys tmp usr var".split(" "));
    assertThat(sh("ls -A /root /run /tmp").expectedOut()).isEqualTo("/root:\n\n/run:\n\n/tmp:\n");
    assertThat(sh("ls -A /var; readlink /var/tmp").expectedOut()).isEqualTo("tmp\n/tmp\n");
  }

  @Test
  void etc_names_no_user_and_no_secret_of_the_host() {
    assertThat(sh("cut -d: -f1 /etc/passwd /etc/group").expectedOut().lines())
        .containsExactly("root", "nobody", "root", "tty", "nogroup");
    assertThat(sh("ls -A /etc").expectedOut().lines())
        .contains("passwd", "group", "hosts", "hostname", "resolv.conf")
        .doesNotContain("shadow", "gshadow", "sudoers", "fstab", "machine-id", "ssh", "subuid");
    assertThat(sh("ls -AR /etc/ssl").out()).doesNotContain("private");
  }

  @Test
  void the_containers_name_is_in_hosts_and_hostname() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("sh", "-c", "cat /etc/hostname /etc/hosts; hostname")
            .hostname("box")
            .build();

    assertThat(run(spec).expectedOut())
        .isEqualTo("box\n127.0.0.1 localhost box\n::1 localhost box\nbox\n");
  }

  @Test
  void programs_of_the_host_run() {
    // It needs the loader, its cache, and libraries.
    assertThat(run(ContainerSpec.of("ldd", "/bin/sh")).expectedOut()).doesNotContain("not found");
  }

  @Test
  void a_java_of_the_host_runs() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    if (java.startsWith("/usr/")) {
      assertThat(run(ContainerSpec.of(java, "-Xshare:auto", "-Xmx32m", "-version")).err())
          .contains("Runtime Environment");
    }
  }

  @Test
  void nothing_but_tmp_and_dev_shm_can_be_written() {
    Finished finished =
        sh("for d in / /usr /usr/bin /etc /root /run /var /sys; do touch $d/new; done");
    assertThat(finished.out()).isEmpty();
    assertThat(finished.err().lines())
        .hasSize(8)
        .allMatch(line -> line.contains("Read-only file system"));
    assertThat(sh("rm -f /etc/passwd").err()).contains("Read-only file system");
    assertThat(
            sh("for d in /tmp /var/tmp /dev/shm; do echo $d >$d/new && cat $d/new; done")
                .expectedOut())
        .isEqualTo("/tmp\n/var/tmp\n/dev/shm\n");
  }

  @Test
  void tmp_is_the_containers_own() {
    String name = "private-" + UUID.randomUUID();
    sh("touch /tmp/" + name).expectedOut();

    assertThat(Path.of("/tmp", name)).doesNotExist();
    assertThat(sh("stat -c %a /tmp").expectedOut()).isEqualTo("1777\n");
  }

  @Test
  void a_writable_root_takes_new_files_and_is_gone_afterwards() {
    String script =
        "for d in / /etc /root /run /var; do echo x >$d/new-file && cat $d/new-file; done";
    assertThat(run(writable(script)).expectedOut()).isEqualTo("x\n".repeat(5));
    assertThat(run(writable("ls /new-file /etc/new-file")).exit().isSuccess()).isFalse();
    assertThat(Path.of("/etc/new-file")).doesNotExist();
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void a_writable_roots_system_directories_can_be_changed_and_the_hosts_do_not() {
    List<String> directories =
        Arrays.stream("usr bin sbin lib lib32 lib64 libx32".split(" "))
            .filter(name -> Files.isDirectory(Path.of("/", name)))
            .toList();
    String script =
        "for d in "
            + String.join(" ", directories)
            + "; do echo mine >/$d/new-file && cat /$d/new-file; done;"
            + " rm /usr/bin/env && ! test -e /usr/bin/env && echo gone;"
            + " echo other >/usr/bin/cut && mkdir /usr/lib/new && mv /usr/lib/new /usr/lib/newer";

    assertThat(run(writable(script)).expectedOut())
        .isEqualTo("mine\n".repeat(directories.size()) + "gone\n");
    assertThat(Path.of("/usr/bin/env")).exists();
    assertThat(Path.of("/usr/new-file")).doesNotExist();
    assertThat(run(writable("cut -c1-4 /etc/passwd | head -n 1")).expectedOut())
        .isEqualTo("root\n");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void the_hosts_files_stay_readable_and_unchangeable_for_an_ordinary_user() {
    Finished finished = run(writable("rm /usr/bin/env; echo x >/usr/bin/env; env >/dev/null"));

    assertThat(finished.exit().isSuccess()).isTrue();
    assertThat(finished.err()).contains("Permission denied");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void an_ordinary_users_writable_root_takes_new_files_beside_the_hosts_but_not_below() {
    assertThat(run(writable("echo x >/usr/new && cat /usr/new")).expectedOut()).isEqualTo("x\n");
    assertThat(run(writable("echo x >/usr/bin/new")).err()).contains("Permission denied");
  }

  @Test
  void what_is_written_is_limited_by_the_size_of_the_write_layer() {
    LayeredRootfs small = LayeredRootfs.host().writable(io.jcontainer.ByteSize.ofMebibytes(1));
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(small)
            .command(
                "sh",
                "-c",
                "head -c 500000 /dev/zero >/root/a && head -c 2000000 /dev/zero >/root/b")
            .build();

    assertThat(run(spec).err()).contains("No space left on device");
  }
}
