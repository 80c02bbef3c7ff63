package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jcontainer.InvalidSpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisksTest {
  @TempDir Path directory;

  @Test
  void numbers_of_devices_are_taken_apart_as_makedev_puts_them_together() {
    assertThat(Disks.text(0x0800)).isEqualTo("8:0");
    assertThat(Disks.text(0xfe01)).isEqualTo("254:1");
    assertThat(Disks.text(0x100_103_05L)).isEqualTo("259:65541");
    assertThat(Disks.text(0x0000_1000_0000_0000L)).isEqualTo("4096:0");
  }

  @Test
  void what_is_not_there_is_named() {
    assertThatThrownBy(() -> Disks.number(Path.of("/dev/jcontainer-none")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage("limits.io: /dev/jcontainer-none is not there");
  }

  @Test
  void what_is_no_block_device_is_refused_and_not_opened() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    for (Path path : List.of(Path.of("/dev/null"), directory, fifo)) {
      assertThatThrownBy(() -> Disks.number(path))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessage("limits.io: " + path + " is no block device");
    }
  }

  @Test
  void what_cannot_be_looked_at_says_why() {
    Path tooLong = directory.resolve("x".repeat(300));

    assertThatThrownBy(() -> Disks.number(tooLong))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("limits.io: " + tooLong + " cannot be looked at: ");
  }

  @Test
  void a_link_to_a_disk_is_the_disk() throws IOException {
    Optional<Path> found;
    try (Stream<Path> devices = Files.list(Path.of("/dev"))) {
      found =
          devices
              .filter(each -> each.getFileName().toString().matches("(vd|sd|loop)[a0]"))
              .findFirst();
    }
    assumeTrue(found.isPresent(), "no disk in /dev");
    Path disk = found.orElseThrow();
    Path link = Files.createSymbolicLink(directory.resolve("link"), disk);

    try {
      assertThat(Disks.number(link)).isEqualTo(Disks.number(disk)).matches("\\d+:\\d+");
    } finally {
      Files.delete(link); // JUnit warns of links to elsewhere
    }
  }

  @Test
  void a_partition_is_refused_and_its_disk_named() throws IOException {
    // As in sysfs: /sys/dev/block/8:1 -> ../../devices/.../block/sda/sda1
    Path partition = Files.createDirectories(directory.resolve("devices/block/sda/sda1"));
    Files.writeString(partition.resolve("partition"), "1\n");
    Path numbers = Files.createDirectories(directory.resolve("dev/block"));
    Files.createSymbolicLink(numbers.resolve("8:1"), partition);
    Files.createSymbolicLink(numbers.resolve("8:0"), partition.getParent());
    Path device = Path.of("/dev/sda1");

    assertThat(Disks.whole(device, "8:0", numbers)).isEqualTo("8:0");
    assertThatThrownBy(() -> Disks.whole(device, "8:1", numbers))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage(
            "limits.io: /dev/sda1 is a partition, and the kernel limits whole disks: /dev/sda");
  }
}
