package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.jcontainer.ContainerSpec;
import io.jcontainer.Namespace;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.MountEntry;
import io.jcontainer.fixtures.RequiresHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** /dev, /proc and /sys of a container, and that nobody inside gets behind what is hidden there. */
@Tag("every-jdk")
@Timeout(60)
class KernelFilesystemsIT extends WithRuntime {
  /** What Docker and containerd hide. */
  private static final List<String> HIDDEN =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/sys/devices/virtual/powercap",
          "/sys/firmware");

  /** What they show, but let nobody write to. */
  private static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private static List<String> ofThisHost(List<String> paths) {
    return paths.stream().filter(path -> Files.exists(Path.of(path))).toList();
  }

  /** Prints what can be read of what is hidden. */
  private static String revealed() {
    return "for path in "
        + String.join(" ", ofThisHost(HIDDEN))
        + "; do if [ -d $path ]; then ls -A $path; else head -c 1 $path; fi; done; ";
  }

  // /dev

  @Test
  void dev_holds_the_usual_and_nothing_else() {
    assertThat(sh("ls -A /dev").expectedOut().lines())
        .containsExactlyInAnyOrder(
            "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin",
            "stdout", "tty", "urandom", "zero");
  }

  @Test
  void each_device_works() {
    String script =
        """
        echo away >/dev/null && wc -c </dev/null
        head -c 3 /dev/zero | od -An -tx1
        head -c 16 /dev/random | wc -c
        head -c 16 /dev/urandom | wc -c
        head -c 2 /dev/full | od -An -tx1
        cat /dev/fd/3 3<<end
        by number
        end
        """;

    assertThat(sh(script).expectedOut().lines().map(String::strip))
        .containsExactly("0", "00 00 00", "16", "16", "00 00", "by number");
    assertThat(sh("dd if=/dev/zero of=/dev/full count=1").err())
        .contains("No space left on device");
    assertThat(sh("echo x >/dev/tty").err()).contains("No such device or address");
  }

  /** To the mode that it has, so that nothing happens to a host whose defence fails. */
  private static final String CHANGE_DEVICES =
      "for node in null zero full random urandom tty; do chmod 666 /dev/$node; done";

  @Test
  void a_device_cannot_be_changed() {
    assertThat(sh(CHANGE_DEVICES).err().lines())
        .hasSize(6)
        .allMatch(line -> line.contains("not permitted"));
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void a_device_cannot_be_changed_by_the_hosts_root_in_a_container_either() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("sh", "-c", CHANGE_DEVICES + "; echo x >/dev/null && echo works")
            .namespaces(ns -> ns.user(Namespace.host()))
            .build();
    Finished finished = run(spec);

    assertThat(finished.out()).isEqualTo("works\n");
    assertThat(finished.err().lines())
        .hasSize(6)
        .allMatch(line -> line.contains("Read-only file system"));
  }

  @Test
  void a_terminal_can_be_made() {
    assumeThat(Path.of("/usr/bin/script")).isExecutable();

    assertThat(sh("script -qec tty /dev/null </dev/null").expectedOut().strip())
        .isEqualTo("/dev/pts/0");
  }

  @Test
  void shared_memory_and_message_queues_are_the_containers_own() {
    assertThat(sh("ls -A /dev/shm /dev/mqueue; stat -f -c %T /dev/shm").expectedOut())
        .isEqualTo("/dev/mqueue:\n\n/dev/shm:\ntmpfs\n");
    assertThat(mounts("/dev/mqueue").type()).isEqualTo("mqueue");
    assertThat(mounts("/dev/pts").type()).isEqualTo("devpts");
  }

  // /proc and /sys

  @Test
  void what_is_hidden_cannot_be_read() {
    assertThat(sh(revealed()).expectedOut()).isEmpty();
  }

  @Test
  void what_is_read_only_cannot_be_written() {
    for (String path : ofThisHost(READ_ONLY)) {
      assertThat(mounts(path).options()).as(path).contains("ro");
    }
    Finished finished =
        sh("echo 1 >/proc/sys/net/ipv4/ip_forward; echo x >/proc/sys/kernel/domainname");
    assertThat(finished.err().lines()).hasSize(2).allMatch(it -> it.contains("Read-only"));
  }

  @Test
  void sys_is_read_only_and_shows_the_containers_devices() {
    assertThat(mounts("/sys").options()).contains("ro", "nosuid", "nodev", "noexec");
    assertThat(sh("ls /sys/class/net").expectedOut()).isEqualTo("lo\n");
    assertThat(sh("mkdir /sys/kernel/new").err()).contains("Read-only");
  }

  @Test
  void proc_shows_the_containers_processes() {
    assertThat(sh("echo /proc/[0-9]*").expectedOut()).isEqualTo("/proc/1\n");
  }

  @Test
  void no_mount_lets_devices_work_but_those_of_dev() {
    for (MountEntry mount : mounts()) {
      if (!mount.type().equals("devtmpfs") && !mount.type().equals("devpts")) {
        assertThat(mount.options()).as("%s", mount).contains("nodev");
      }
    }
  }

  @Test
  void no_mount_of_a_container_spreads() {
    for (MountEntry mount : mounts()) {
      assertThat(mount.propagation()).as("%s", mount).noneMatch(it -> it.startsWith("shared"));
    }
  }

  private List<MountEntry> mounts() {
    return sh("cat /proc/self/mountinfo").expectedOut().lines().map(MountEntry::parse).toList();
  }

  private MountEntry mounts(String path) {
    return mounts().stream()
        .filter(mount -> mount.mountPoint().equals(path))
        .reduce((covered, top) -> top)
        .orElseThrow(() -> new AssertionError("nothing is mounted on " + path));
  }

  // Getting behind it.

  @Test
  void the_containers_root_cannot_take_a_mask_away() {
    assertCannotUncover("");
  }

  @Test
  void root_of_a_user_namespace_made_inside_cannot_take_a_mask_away() {
    assertThat(sh("unshare -Urm true").expectedOut()).isEmpty();
    assertCannotUncover("unshare -Urm ");
  }

  private void assertCannotUncover(String how) {
    String script =
        "for path in "
            + String.join(" ", ofThisHost(HIDDEN))
            + " /proc /sys /dev/null; do umount $path && echo took $path away;"
            + " umount -l $path && echo took $path away; done 2>/dev/null; "
            + revealed();

    assertThat(run(ContainerSpec.of("sh", "-c", how + "sh -c \"$0\"", script)).out()).isEmpty();
  }

  @Test
  void nobody_inside_can_make_a_read_only_mount_writable() {
    for (String how : List.of("", "unshare -Urm ")) {
      String script =
          "for path in / /usr /proc/sys /sys; do"
              + " mount -o remount,rw,bind $path && echo remounted $path;"
              + " mount -o remount,rw $path && echo remounted $path; done 2>/dev/null;"
              + " touch /usr/new || echo 1 >/proc/sys/net/ipv4/ip_forward || mkdir /sys/kernel/new";
      Finished finished = run(ContainerSpec.of("sh", "-c", how + "sh -c \"$0\"", script));

      assertThat(finished.out()).isEmpty();
      assertThat(finished.err().lines()).hasSize(3).allMatch(it -> it.contains("Read-only"));
    }
  }

  @Test
  void nobody_inside_can_mount_a_fresh_proc_or_sys_without_masks() {
    // mount_too_revealing() of the kernel: only who sees a whole one may make another.
    assertThat(sh("unshare -Urmpf mount -t proc proc /tmp && cat /tmp/interrupts").out()).isEmpty();
    assertThat(sh("unshare -Urmn mount -t sysfs sysfs /tmp && ls /tmp/firmware").out()).isEmpty();
    assertThat(sh("mount -t proc proc /tmp").exit().isSuccess()).isFalse();
  }
}
